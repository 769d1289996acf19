#include <doctest/doctest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "catalog/agents/card_fetch.h"
#include "catalog/agents/directory.h"
#include "catalog/errors.h"
#include "tests/upstream.h"

using namespace catalog;
using nlohmann::json;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;
using namespace std::chrono_literals;

namespace {

constexpr const char* done = R"({"jsonrpc":"2.0","id":1,"result":{"task":{"id":"t","contextId":"c",
  "status":{"state":"TASK_STATE_COMPLETED"},
  "artifacts":[{"artifactId":"a","parts":[{"text":"done"}]}]}}})";

json helper_card(std::string_view endpoint = "/rpc") {
  return {{"name", "Helper"},
          {"description", "Helps with sums"},
          {"version", "1"},
          {"supportedInterfaces",
           {{{"url", endpoint}, {"protocolBinding", "JSONRPC"}, {"protocolVersion", "1.0"}}}},
          {"capabilities", {{"streaming", false}}},
          {"skills", {{{"id", "add"}, {"name", "Addition"}, {"description", "adds"}}}}};
}

// An agent's host: the card at one path, calls answered at another.
Upstream agent_host(json card, std::string path = "/.well-known/agent-card.json") {
  return Upstream([card = card.dump(), path](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "POST") {
      wire.reply(200, "application/json", done);
    } else if (request.target == path) {
      wire.reply(200, "application/json", card);
    } else {
      wire.reply(404, "text/html", "<html>no</html>");
    }
  });
}

CardEntry entry(std::string slug, std::string url, std::string key = {}) {
  CardEntry one;
  one.slug = std::move(slug);
  one.card_url = std::move(url);
  one.credential.secret = Secret(std::move(key));
  return one;
}

std::vector<std::string> paths(const Upstream& upstream) {
  std::vector<std::string> out;
  for (const UpstreamRequest& request : upstream.requests()) out.push_back(request.target);
  return out;
}

Kind kind_of_failed_fetch(const std::string& url, bool public_only = false) {
  Transfers transfers;
  try {
    fetch_card(url, nullptr, transfers, {}, public_only);
  } catch (const UpstreamError& error) {
    return error.kind;
  } catch (const Refused& refused) {
    return refused.kind;
  }
  FAIL("fetched " << url);
  return Kind::internal;
}

Answer invoke(Directory& directory, std::string_view slug) {
  Prompt prompt;
  prompt.text = "1+1?";
  return directory.invoke(slug, prompt, {}, {});
}

}  // namespace

TEST_CASE("a card is looked for where it may lie, newest places first") {
  struct Case {
    const char* named;
    const char* found;  // the path that serves it
    std::vector<std::string> asked;
  };
  const std::string well_known = "/.well-known/agent-card.json";
  const std::string old_well_known = "/.well-known/agent.json";
  const Case cases[] = {
      {"", "/.well-known/agent-card.json", {well_known}},
      {"/", "/.well-known/agent.json", {well_known, old_well_known}},
      {"/a2a/x",
       "/.well-known/agent.json",
       {"/a2a/x" + well_known, well_known, "/a2a/x" + old_well_known, old_well_known}},
      {"/a2a/x/", "/a2a/x/.well-known/agent-card.json", {"/a2a/x" + well_known}},
      {"/cards/me.json", "/cards/me.json", {"/cards/me.json"}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.named);
    const Upstream upstream = agent_host(helper_card(), one.found);
    Transfers transfers;
    const FetchedCard found = fetch_card(upstream.url() + one.named, nullptr, transfers, {}, false);
    CHECK(found.card.name == "Helper");
    CHECK(found.url.path == one.found);
    CHECK(paths(upstream) == one.asked);
    CHECK(upstream.requests()[0].header("a2a-version") == "1.0");
    CHECK(upstream.requests()[0].header("accept") == "application/json");
  }
}

TEST_CASE("redirects of a card are followed three times, and the key stays behind") {
  const Upstream there = agent_host(helper_card(), "/c.json");
  int hops = 0;
  const Upstream here([&](const UpstreamRequest&, Wire& wire) {
    const bool last = --hops <= 0;
    const std::string to = last ? there.url() + "/c.json" : "/again.json";
    wire.reply(302, "text/html", "", "Location: " + to + "\r\n");
  });
  Credential credential;
  credential.origin = parse_url(here.url())->origin();
  credential.secret = Secret("key-of-the-agent-0123456789");
  Transfers transfers;
  hops = 3;
  const auto found = fetch_card(here.url() + "/start.json", &credential, transfers, {}, false);
  CHECK(found.url.text == there.url() + "/c.json");
  CHECK(found.card.interfaces[0].url == there.url() + "/rpc");  // seen from where it was found
  for (const UpstreamRequest& request : here.requests()) {
    CHECK(request.header("authorization") == "Bearer key-of-the-agent-0123456789");
  }
  CHECK(there.requests().back().header("authorization").empty());

  hops = 4;
  CHECK(kind_of_failed_fetch(here.url() + "/start.json") == Kind::malformed);
}

TEST_CASE("cards that cannot be had") {
  const Upstream missing = agent_host(helper_card(), "/elsewhere");
  CHECK(kind_of_failed_fetch(missing.url()) == Kind::not_found);
  const Upstream page([](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "text/html", "<html>Welcome</html>");
  });
  CHECK(kind_of_failed_fetch(page.url()) == Kind::malformed);
  const Upstream locked(
      [](const UpstreamRequest&, Wire& wire) { wire.reply(401, "text/plain", ""); });
  CHECK(kind_of_failed_fetch(locked.url()) == Kind::unauthorized);
  const Upstream other_json([](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "application/json", R"(["not","a","card"])");
  });
  CHECK(kind_of_failed_fetch(other_json.url()) == Kind::malformed);
  const Upstream huge([](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "application/json", "{\"name\":\"" + std::string(300'000, 'x') + "\"}");
  });
  CHECK(kind_of_failed_fetch(huge.url() + "/c.json") == Kind::malformed);
  for (const char* url : {"ftp://a.example/c.json", "file:///etc/passwd", "nonsense", ""}) {
    CHECK(kind_of_failed_fetch(url) == Kind::invalid_arguments);
  }
}

TEST_CASE("a stranger's card address must be public, on every hop") {
  const Upstream here = agent_host(helper_card(), "/c.json");
  CHECK(kind_of_failed_fetch(here.url() + "/c.json", true) == Kind::forbidden);
  CHECK(here.requests().empty());
  const char* private_ones[] = {"http://169.254.169.254/c.json",      "http://[::1]:9/c.json",
                                "http://0x7f000001:9/c.json",         "http://2130706433:9/c.json",
                                "http://[::ffff:127.0.0.1]:9/c.json", "http://0.0.0.0:9/c.json"};
  for (const char* url : private_ones) {
    CAPTURE(url);
    CHECK(kind_of_failed_fetch(url, true) == Kind::forbidden);
  }
  CHECK(kind_of_failed_fetch("http://127.0.0.1@evil.example/c.json", true) ==
        Kind::invalid_arguments);
}

TEST_CASE("an agent that the user named is listed, described and called") {
  const Upstream host = agent_host(helper_card());
  Transfers transfers;
  const auto directory = make_cards("local", {entry("helper", host.url())}, transfers);
  CHECK(directory->name() == "local");

  const AgentMatches list = directory->agents({}, {});
  REQUIRE(list.agents.size() == 1);
  CHECK(list.agents[0]->slug == "helper");
  CHECK(list.agents[0]->directory == "local");
  CHECK(list.agents[0]->name == "Helper");
  CHECK(list.agents[0]->description == "Helps with sums");
  CHECK(list.agents[0]->skills[0].id == "add");

  const AgentDetail detail = directory->agent("helper", {});
  CHECK(detail.callable);
  CHECK(detail.route == "direct");
  CHECK(detail.why_not.empty());
  REQUIRE(detail.card.has_value());
  CHECK(detail.agent.endpoint_url == host.url() + "/rpc");

  const Answer answer = invoke(*directory, "helper");
  CHECK(answer.text == "done");
  CHECK(answer.served_by == "agent:local/helper (Helper, A2A 1.0)");
  CHECK(paths(host) == std::vector<std::string>{"/.well-known/agent-card.json", "/rpc"});  // cached
}

TEST_CASE("searching among the user's agents") {
  const Upstream host = agent_host(helper_card());
  Transfers transfers;
  const auto directory = make_cards("local", {entry("helper", host.url())}, transfers);
  struct Case {
    AgentQuery query;
    bool found;
  };
  const Case cases[] = {
      {{}, true},
      {{"SUMS help", "hosted", "", "", ""}, true},
      {{"sums cooking", "hosted", "", "", ""}, false},
      {{"", "project", "", "", ""}, false},
      {{"", "any", "", "", ""}, true},
      {{"", "hosted", "research", "", ""}, false},
      {{"", "hosted", "", "addition", ""}, true},
      {{"", "hosted", "", "subtraction", ""}, false},
      {{"", "hosted", "", "", "a2a"}, true},
      {{"", "hosted", "", "", "MCP"}, false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.query.query);
    CAPTURE(one.query.skill);
    CHECK(directory->agents(one.query, {}).agents.empty() != one.found);
  }
}

TEST_CASE("an agent without its card is still listed, and says why it cannot be called") {
  const Upstream host = agent_host(helper_card(), "/elsewhere");
  Transfers transfers;
  const auto directory = make_cards("local", {entry("lost", host.url())}, transfers);
  const AgentMatches list = directory->agents({}, {});
  REQUIRE(list.agents.size() == 1);
  CHECK(list.agents[0]->description.find("card could not be had") != std::string::npos);
  const AgentDetail detail = directory->agent("lost", {});
  CHECK_FALSE(detail.callable);
  CHECK_FALSE(detail.card.has_value());
  CHECK_FALSE(detail.card_problem.empty());
  CHECK_FALSE(detail.why_not.empty());
  CHECK_THROWS_AS(invoke(*directory, "lost"), UpstreamError);
}

TEST_CASE("an agent that speaks no JSON-RPC is not called") {
  json card = helper_card();
  card["supportedInterfaces"][0]["protocolBinding"] = "GRPC";
  const Upstream host = agent_host(card);
  Transfers transfers;
  const auto directory = make_cards("local", {entry("helper", host.url())}, transfers);
  CHECK_FALSE(directory->agent("helper", {}).callable);
  try {
    invoke(*directory, "helper");
    FAIL("called");
  } catch (const Refused& refused) {
    CHECK(refused.kind == Kind::unsupported);
    CHECK(refused.what_happened.find("GRPC") != std::string::npos);
  }
}

TEST_CASE("an unknown slug is answered with the nearest") {
  Transfers transfers;
  const auto directory =
      make_cards("local", {entry("summarizer", "http://127.0.0.1:9")}, transfers);
  try {
    directory->agent("sumarizer", {});
    FAIL("found");
  } catch (const UpstreamError& error) {
    CHECK(error.kind == Kind::not_found);
    CHECK(error.advice.find("agent:local/summarizer") != std::string::npos);
  }
  CHECK_THROWS_AS(invoke(*directory, "nothing-like-it"), UpstreamError);
}

TEST_CASE("an agent's own key goes to its card and to its endpoint, and nowhere else") {
  json card = helper_card();
  card["securitySchemes"] = {{"k", {{"httpAuthSecurityScheme", {{"scheme", "Bearer"}}}}}};
  card["securityRequirements"] = {{{"schemes", {{"k", json::object()}}}}};
  const std::string key = "key-of-the-agent-0123456789";
  Transfers transfers;

  const Upstream host = agent_host(card);
  const auto own = make_cards("local", {entry("helper", host.url(), key)}, transfers);
  CHECK(own->agent("helper", {}).callable);
  CHECK(invoke(*own, "helper").text == "done");
  for (const UpstreamRequest& request : host.requests()) {
    CHECK(request.header("authorization") == "Bearer " + key);
  }

  const Upstream elsewhere = agent_host(json::object());
  card["supportedInterfaces"][0]["url"] = elsewhere.url() + "/rpc";
  const Upstream leading = agent_host(card);
  const auto led = make_cards("local", {entry("helper", leading.url(), key)}, transfers);
  const AgentDetail detail = led->agent("helper", {});
  CHECK_FALSE(detail.callable);
  CHECK(detail.why_not.find("bound to") != std::string::npos);
  CHECK(invoke(*led, "helper").text ==
        "done");  // it is the agent who refuses, and this one does not
  CHECK(elsewhere.requests().back().header("authorization").empty());

  const auto keyless = make_cards("local", {entry("helper", host.url())}, transfers);
  CHECK(keyless->agent("helper", {}).why_not.find("http bearer") != std::string::npos);
}

TEST_CASE("many callers at once") {
  const Upstream host = agent_host(helper_card());
  Transfers transfers;
  const auto directory = make_cards("local", {entry("helper", host.url())}, transfers);
  std::atomic<int> answered = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&] {
      for (int call = 0; call < 5; ++call) {
        if (invoke(*directory, "helper").text == "done") ++answered;
        if (directory->agents({}, {}).agents.size() == 1) ++answered;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(answered == 80);
}

TEST_CASE("cards are fetched at the same time, so that a slow one holds up no other") {
  std::atomic<int> asked = 0;
  const Upstream host([&](const UpstreamRequest&, Wire& wire) {
    ++asked;
    for (int i = 0; i < 500 && asked < 4; ++i) std::this_thread::sleep_for(10ms);
    const bool together = asked == 4;
    wire.reply(together ? 200 : 404, "application/json", helper_card().dump());
  });
  std::vector<CardEntry> entries;
  for (const char* slug : {"one", "two", "three", "four"}) {
    entries.push_back(entry(slug, host.url() + "/" + slug + ".json"));
  }
  Transfers transfers;
  const auto directory = make_cards("local", std::move(entries), transfers);
  const AgentMatches list = directory->agents({}, {});
  REQUIRE(list.agents.size() == 4);
  CHECK(list.agents[0]->slug == "one");
  CHECK(list.agents[3]->slug == "four");
  for (const Agent* agent : list.agents) CHECK(agent->name == "Helper");
  directory->agents({}, {});
  CHECK(asked == 4);  // remembered
}

TEST_CASE("a listing that waits for cards can be stopped") {
  std::stop_source stop;
  const Upstream host([&](const UpstreamRequest&, Wire& wire) {
    stop.request_stop();
    wire.closed_within(10s);
    wire.hang_up();
  });
  Transfers transfers;
  const auto directory = make_cards(
      "local", {entry("a", host.url() + "/a.json"), entry("b", host.url() + "/b.json")}, transfers);
  CHECK_THROWS_AS(directory->agents({}, stop.get_token()), Cancelled);
}
