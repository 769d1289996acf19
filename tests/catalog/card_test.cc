#include "catalog/agents/card.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"
#include "tests/recording.h"

using namespace catalog;
using nlohmann::json;

namespace {

const Url default_card_url = *parse_url("https://a.example/.well-known/agent-card.json");

AgentCard card(const char* text, const Url& url = default_card_url) {
  return decode_card(json::parse(text), url);
}

std::string shown(const AgentInterface& one) {
  return one.url + " " + one.protocol_binding + " " + one.protocol_version;
}

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

struct WildShape {
  std::string id;
  AgentCard card;
  json expect;
};

std::vector<WildShape> wild_shapes() {
  std::vector<WildShape> shapes;
  const json all = json::parse(tests::golden_text("a2a/wild-shapes.json"));
  for (const json& one : all.at("cards")) {
    const auto url = parse_url(one.value("cardUrl", default_card_url.text));
    shapes.push_back({one.at("id"), decode_card(one.at("card"), *url), one.at("expect")});
  }
  return shapes;
}

AgentCard wild(std::string_view id) {
  for (WildShape& shape : wild_shapes()) {
    if (shape.id == id) return shape.card;
  }
  FAIL("no shape " << id);
  return {};
}

}  // namespace

TEST_CASE("cards met in the wild are read as their expectations say") {
  const auto shapes = wild_shapes();
  REQUIRE(shapes.size() == 23);
  for (const WildShape& shape : shapes) {
    CAPTURE(shape.id);
    CHECK(shape.card.name == "A");
    if (shape.expect.contains("iface")) {
      std::vector<std::string> expected;
      for (const json& i : shape.expect.at("iface")) {
        const std::string version = i.at(2) == "?" ? "" : i.at(2).get<std::string>();
        expected.push_back(parse_url(i.at(0).get<std::string>())->text + " " +
                           i.at(1).get<std::string>() + " " + version);
      }
      std::vector<std::string> read;
      for (const AgentInterface& i : shape.card.interfaces) read.push_back(shown(i));
      CHECK(read == expected);
    }
    if (shape.expect.contains("auth")) {
      CHECK(sorted(shape.card.security) ==
            sorted(shape.expect.at("auth").get<std::vector<std::string>>()));
    }
    if (shape.expect.contains("provider")) CHECK(shape.card.provider == shape.expect["provider"]);
  }
}

TEST_CASE("which interface is called, and in which version") {
  struct Case {
    const char* shape;
    const char* url;  // "" when none
    const char* version;
  };
  const Case cases[] = {
      {"v03-minimal", "https://a.example/a2a", "0.3"},
      {"v02-no-protocolVersion", "https://a.example/", "0.3"},
      {"v10", "https://a.example/rpc", "1.0"},
      {"v10-interface-without-version", "https://a.example/", "1.0"},
      {"claims-10-is-03", "https://a.example/a2a", "1.0"},
      {"top-level-10", "https://a.example/api/a2a", "1.0"},
      {"hybrid", "https://a.example/rpc", "1.0"},
      {"bind-address", "https://a.example/", "0.3"},
      {"http-downgrade", "https://a.example/a2a", "0.3"},
      {"other-host", "https://hub.other.example/agent/1", "0.3"},
      {"metadata-ssrf", "", ""},
      {"transport-REST", "https://a.example/v1", "0.3"},
      {"capabilities-array", "", ""},
      {"skills-inside-capabilities", "", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.shape);
    const ChosenInterface chosen = choose_interface(wild(one.shape));
    if (*one.url == '\0') {
      CHECK_FALSE(chosen.interface.has_value());
      CHECK_FALSE(chosen.why_not.empty());
      continue;
    }
    REQUIRE(chosen.interface.has_value());
    CHECK(chosen.interface->url == one.url);
    CHECK(name(chosen.version) == one.version);
    CHECK(chosen.why_not.empty());
  }
}

TEST_CASE("1.0 is preferred over 0.3 at one URL, but not over the card's first URL") {
  const auto same = choose_interface(card(R"({"name":"A","supportedInterfaces":[
    {"url":"/rpc","protocolBinding":"jsonrpc","protocolVersion":"0.3"},
    {"url":"/rpc","protocolBinding":"JSON-RPC","protocolVersion":"1.0.1","tenant":"t1"}]})"));
  REQUIRE(same.interface.has_value());
  CHECK(same.version == A2aVersion::v1_0);
  CHECK(same.interface->tenant == "t1");

  const auto apart = choose_interface(card(R"({"name":"A","supportedInterfaces":[
    {"url":"/grpc","protocolBinding":"grpc","protocolVersion":"1.0"},
    {"url":"/old","protocolBinding":"JSONRPC","protocolVersion":"0.3"},
    {"url":"/new","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]})"));
  REQUIRE(apart.interface.has_value());
  CHECK(apart.interface->url == "https://a.example/old");
}

TEST_CASE("plain HTTP is called in its turn, in 0.3 only where there is nothing else") {
  const auto http = choose_interface(card(R"({"name":"A","supportedInterfaces":[
    {"url":"/grpc","protocolBinding":"GRPC","protocolVersion":"1.0"},
    {"url":"/rest","protocolBinding":"HTTP+JSON","protocolVersion":"1.0"},
    {"url":"/rpc","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]})"));
  REQUIRE(http.interface.has_value());
  CHECK(http.interface->url == "https://a.example/rest");
  const auto old = choose_interface(card(R"({"name":"A","protocolVersion":"0.3.0","url":"/rest",
    "preferredTransport":"HTTP+JSON","additionalInterfaces":[{"url":"/rpc","transport":"JSONRPC"}]})"));
  REQUIRE(old.interface.has_value());
  CHECK(old.interface->url == "https://a.example/rpc");
  const auto grpc = choose_interface(card(R"({"name":"A","supportedInterfaces":[
    {"url":"/grpc","protocolBinding":"GRPC","protocolVersion":"1.0"}]})"));
  CHECK_FALSE(grpc.interface.has_value());
  CHECK(grpc.why_not.find("GRPC") != std::string::npos);
}

TEST_CASE("a required extension is refused before anything is sent") {
  const auto chosen = choose_interface(card(R"({"name":"A","url":"https://a.example/a2a",
    "capabilities":{"extensions":[{"uri":"https://x.example/nice"},
                                  {"uri":"https://x.example/must","required":true}]}})"));
  CHECK_FALSE(chosen.interface.has_value());
  CHECK(chosen.why_not.find("https://x.example/must") != std::string::npos);
}

TEST_CASE("whether a card asks for credentials") {
  struct Case {
    const char* text;
    bool required;
  };
  const Case cases[] = {
      {R"({"name":"A"})", false},
      {R"({"securitySchemes":{"k":{"type":"http","scheme":"bearer"}}})", false},
      {R"({"securitySchemes":{"k":{"type":"http","scheme":"bearer"}},"security":[{"k":[]}]})",
       true},
      {R"({"security":[]})", false},
      {R"({"security":[{"k":[]},{}]})", false},
      {R"({"securityRequirements":[{"schemes":{"k":{"list":[]}}}]})", true},
      {R"({"securityRequirements":[{"schemes":{}}]})", false},
      {R"({"authentication":{"schemes":["bearer"]}})", true},
      {R"({"authentication":{"schemes":["none"]}})", false},
      {R"({"security":"yes"})", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(card(one.text).security_required == one.required);
  }
}

TEST_CASE("addresses in a card of another machine") {
  struct Case {
    const char* card_url;
    const char* url;
    const char* read;  // "" when it must not be called
  };
  const Case cases[] = {
      {"https://a.example/x/card.json", "rpc", "https://a.example/x/rpc"},
      {"https://a.example/c.json", "http://localhost:3000/a2a?k=1", "https://a.example/a2a?k=1"},
      {"https://a.example/c.json", "http://127.0.0.1/a2a", "https://a.example/a2a"},
      {"http://127.0.0.1:9/c.json", "http://127.0.0.1:8/a2a", "http://127.0.0.1:8/a2a"},
      {"http://127.0.0.1:9/c.json", "http://0.0.0.0:8/a2a", "http://0.0.0.0:8/a2a"},
      {"https://a.example/c.json", "http://a.example:8080/a2a", "http://a.example:8080/a2a"},
      {"https://a.example/c.json", "http://169.254.169.254/latest", ""},
      {"https://a.example/c.json", "file:///etc/passwd", ""},
      {"https://a.example/c.json", "gopher://a.example/", ""},
      {"https://a.example/c.json", "http://user:pw@evil.example/", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.url);
    const json text = {{"name", "A"}, {"url", one.url}};
    const AgentCard read = decode_card(text, *parse_url(one.card_url));
    if (*one.read == '\0') {
      CHECK(read.interfaces.empty());
    } else {
      REQUIRE(read.interfaces.size() == 1);
      CHECK(read.interfaces[0].url == one.read);
    }
  }
}

TEST_CASE("the cards that real agents serve") {
  const auto v1 = card(tests::recording("a2a/recorded/c03-card.json").body.c_str(),
                       *parse_url("http://127.0.0.1:41002/.well-known/agent-card.json"));
  CHECK(v1.name == "Test Agent 41002");
  CHECK(v1.interfaces.size() == 4);
  CHECK(v1.streaming);
  CHECK(v1.push_notifications);
  CHECK(v1.skills.size() == 3);
  CHECK(v1.provider == "Test");
  CHECK(choose_interface(v1).version == A2aVersion::v1_0);
  CHECK(speaks_0_3(v1));

  const auto adk = card(tests::recording("a2a/recorded/adk-card.json").body.c_str(),
                        *parse_url("http://127.0.0.1:41021/.well-known/agent-card.json"));
  CHECK(adk.interfaces.size() == 2);  // the same interface named twice counts once
  CHECK(choose_interface(adk).version == A2aVersion::v0_3);
  CHECK_FALSE(choose_interface(v1).interface->url.empty());
}

TEST_CASE("no shape of a card is too odd, and none grows without bounds") {
  const json odd[] = {json(nullptr),
                      json(7),
                      json::array({1, 2}),
                      {{"name", 7}, {"url", json::array()}, {"skills", {{"a", 1}}}},
                      {{"capabilities", "all"}, {"supportedInterfaces", {1, "x", nullptr}}},
                      {{"securitySchemes", {{"a", 1}, {"b", {{"scheme", {{"$case", 2}}}}}}},
                       {"security", {1, "x"}}},
                      {{"provider", 5}, {"defaultInputModes", {1, json::object()}}}};
  for (const json& one : odd) {
    CAPTURE(one.dump());
    const AgentCard read = decode_card(one, default_card_url);
    CHECK_FALSE(choose_interface(read).interface.has_value());
  }

  json huge = {{"name", std::string(100'000, 'n')}, {"url", "/a2a"}};
  for (int i = 0; i < 2'000; ++i) {
    huge["skills"].push_back({{"id", std::to_string(i)}, {"description", std::string(9'000, 'd')}});
    huge["additionalInterfaces"].push_back({{"url", "/" + std::to_string(i)}});
  }
  const AgentCard read = decode_card(huge, default_card_url);
  CHECK(read.name.size() < 300);
  CHECK(read.skills.size() <= 200);
  CHECK(read.skills[0].description.size() < 4'100);
  CHECK(read.interfaces.size() <= 32);
}

TEST_CASE("documents are bounded before they are built") {
  CHECK(parse_bounded(R"({"a":[1,"]]]"]})").has_value());
  CHECK_FALSE(parse_bounded(std::string(65, '[') + std::string(65, ']')).has_value());
  CHECK(parse_bounded(std::string(64, '[') + std::string(64, ']')).has_value());
  CHECK_FALSE(parse_bounded("[" + std::string(2'000'000, ',') + "]").has_value());
  CHECK_FALSE(parse_bounded("{\"a\":").has_value());
  CHECK_FALSE(parse_bounded("\"\\").has_value());
  CHECK(cut_text("aé", 2) == "a…");
  CHECK(cut_text("aé", 3) == "aé");
}
