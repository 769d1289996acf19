// What was recorded of OpenRouter, replayed over a socket in pieces cut at random: the same answer
// however it is cut.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/catalog/gateway_rig.h"
#include "tests/golden.h"

using namespace catalog;
using namespace tests;
using nlohmann::json;

namespace {

// A body in pieces of up to 64 bytes, or of up to 2,000, as chunks or as the bare stream of bytes.
class Cutting {
 public:
  explicit Cutting(unsigned seed) : random_(seed) {}

  void send(Wire& wire, const std::string& body, const char* content_type) {
    const std::size_t most = random_() % 2 == 0 ? 64 : 2000;
    const bool chunked = random_() % 2 == 0;
    if (chunked) {
      wire.begin_chunks(200, content_type);
    } else {
      wire.send(std::string("HTTP/1.1 200 X\r\nContent-Type: ") + content_type +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    }
    for (std::size_t at = 0; at < body.size();) {
      const std::string piece = body.substr(at, 1 + random_() % most);
      at += piece.size();
      chunked ? wire.chunk(piece) : wire.send(piece);
    }
    if (chunked) wire.last_chunk();
  }

 private:
  std::minstd_rand random_;
};

// One upstream for all: it sends whatever the test put there.
struct Player {
  std::string body;
  const char* content_type = "application/json";
  unsigned seed = 1;
  GatewayRig rig{
      [this](const UpstreamRequest&, Wire& wire) { Cutting(seed).send(wire, body, content_type); }};
};

void check_answer(Player& player, const json& expected) {
  const Answer answer = player.rig.ask();
  CHECK(answer.text == expected["text"].get<std::string>());
  CHECK(answer.served_by ==
        expected["model"].get<std::string>() + " via " + expected["provider"].get<std::string>());
  CHECK(answer.finish_reason == expected["finish_reason"].get<std::string>());
  CHECK(answer.usage.prompt_tokens == expected["in"].get<std::int64_t>());
  CHECK(answer.usage.completion_tokens == expected["out"].get<std::int64_t>());
  if (expected["cost"].is_null()) {
    CHECK(answer.cost_source == CostSource::unknown);
  } else {
    CHECK(answer.cost_usd.value_or(-1) == doctest::Approx(expected["cost"].get<double>()));
  }
}

}  // namespace

TEST_CASE("recorded whole replies are the same however they are cut") {
  const json replies = json::parse(golden("openrouter/replies.json"));
  REQUIRE(replies.size() == 52);
  Player player;
  for (const json& each : replies) {
    const std::string name = each["name"];
    CAPTURE(name);
    player.body = each["reply"].dump();
    for (unsigned seed = 1; seed <= 4; ++seed) {
      player.seed = seed;
      if (each["expected"]["text"] != "") {
        check_answer(player, each["expected"]);
      } else {  // only tool calls, which nobody asked for
        CHECK(kind_of(failure_of([&] { player.rig.ask(); })) == "empty");
      }
    }
  }
}

TEST_CASE("recorded streams are the same however they are cut") {
  const json streams = json::parse(golden("openrouter/streams.json"));
  Player player;
  player.content_type = "text/event-stream";
  for (const auto& item : streams.items()) {
    const std::string file = item.key();
    json expected = item.value();
    if (expected["text"] == "") continue;
    CAPTURE(file);
    expected["in"] = expected["prompt_tokens"];
    expected["out"] = expected["completion_tokens"];
    player.body = golden("openrouter/" + file);
    for (unsigned seed = 1; seed <= 8; ++seed) {
      player.seed = seed;
      check_answer(player, expected);
    }
  }
}

TEST_CASE("recorded errors say what they are, however they are cut") {
  struct Case {
    int status;
    const char* body;
    Kind kind;
    const char* says;  // of what the upstream said
  };
  // Bodies that were seen, abridged.
  const Case cases[] = {
      {402,
       R"({"error":{"message":"This request requires at least $1.00 in balance for image or video output","code":402,"metadata":{"limit_source":"openrouter_key_limit","provider_name":null,"previous_errors":[{"code":402,"message":"x"}]}},"user_id":"user_REDACTED"})",
       Kind::out_of_credit, "at least $1.00"},
      {429,
       R"({"error":{"code":429,"message":"Provider returned error","metadata":{"provider_name":"Google","raw":"g/f:free is temporarily rate-limited upstream. Please retry shortly"}}})",
       Kind::rate_limited, "temporarily rate-limited"},
      {401, R"({"error":{"message":"No cookie auth credentials found","code":401}})",
       Kind::unauthorized, "No cookie"},
      {404, R"({"error":{"message":"Not Found","code":404}})", Kind::not_found, "Not Found"},
      {400,
       R"({"error":{"message":"Input must have at least 1 token.","code":400,"metadata":{"provider_name":null}}})",
       Kind::invalid_arguments, "at least 1 token"},
      {404,
       R"({"error":{"message":"No endpoints found matching your data policy (Zero data retention). Configure: https://openrouter.ai/settings/privacy","code":404}})",
       Kind::unsupported, "Zero data retention"},
      {404, R"({"error":{"message":"No endpoints found that support tool use. Try","code":404}})",
       Kind::unsupported, "tool use"},
      {403, R"({"error":{"message":"Only management keys can fetch credits","code":403}})",
       Kind::forbidden, "management keys"},
      {200,
       R"({"choices":[],"error":{"code":502,"message":"Upstream error from Nvidia: Service temporarily overloaded","metadata":{"error_type":"provider_unavailable"}}})",
       Kind::unavailable, "Nvidia"},
  };
  for (const Case& c : cases) {
    const std::string body = c.body;
    CAPTURE(body);
    for (unsigned seed = 1; seed <= 4; ++seed) {
      GatewayRig rig([&](const UpstreamRequest&, Wire& wire) {
        if (c.status == 200) {
          return Cutting(seed).send(wire, chat_event(body), "text/event-stream");
        }
        wire.reply(c.status, "application/json", body);
      });
      const UpstreamError error = failure_of([&] { rig.ask(); });
      CHECK(kind_of(error) == std::string(name(c.kind)));
      CHECK(text_contains(error.provider_message, c.says));
      CHECK_FALSE(text_contains(error.provider_message, "user_REDACTED"));
      CHECK(error.billed == Billed::no);
    }
  }
}
