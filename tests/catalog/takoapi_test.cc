#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/agents/takoapi_rows.h"
#include "tests/catalog/takoapi_rig.h"

using namespace catalog;
using nlohmann::json;
using tests::failure;
using tests::row;
using tests::Tako;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

std::vector<std::string> slugs(const AgentMatches& list) {
  std::vector<std::string> out;
  for (const Agent* agent : list.agents) out.push_back(agent->slug);
  return out;
}

}  // namespace

TEST_CASE("the registry as it is served today") {
  Tako tako;
  tako.replay("/api/registry", "registry-hosted");
  const auto directory = tako.directory("");
  const AgentMatches list = directory->agents({}, {});
  CHECK(slugs(list) ==
        std::vector<std::string>{"real-03", "compat", "only-10", "adk", "priced", "dead", "html"});
  CHECK_FALSE(list.list->truncated);
  const Agent& first = *list.agents[0];
  CHECK(first.directory == "takoapi");
  CHECK(first.kind == "hosted");
  CHECK(first.streaming);
  CHECK(first.price.model == "FREE");
  CHECK(first.protocols == std::vector<std::string>{"A2A"});
  CHECK(first.category == "research");
  CHECK(first.skills[0].name == "Chat");
  CHECK(first.card_url == "http://127.0.0.1:41011/.well-known/agent-card.json");
  CHECK(list.agents[4]->price.model == "PER_CALL");
  CHECK(list.agents[4]->price.unit_usd == 0.02);
  CHECK(tako.asked() ==
        std::vector<std::string>{"/api/registry?format=json&kind=HOSTED&limit=1000"});
}

TEST_CASE("older deployments, and one agent told in other words, are read all the same") {
  const char* same[] = {
      R"({"name":"r","description":"d","count":1,"agents":[{"slug":"a","name":"A"}]})",
      R"([{"slug":"a","name":"A"}])",
      R"({"data":[{"slug":"a","name":"A"},{"name":"no slug"},7]})",
      R"({"results":[{"slug":"a","name":"A","skills":"none","pricing":7,"protocols":[1]}]})",
  };
  for (const char* body : same) {
    CAPTURE(body);
    const auto page = decode_takoapi_page(body, "takoapi", "https://t.example");
    REQUIRE(page.has_value());
    REQUIRE(page->agents.size() == 1);
    CHECK(page->agents[0].kind == "hosted");
    CHECK(page->agents[0].web_url == "https://t.example/agents/a");
  }
  for (const char* body : {"", "{}", "7", "<html>", R"({"agents":{}})"}) {
    CAPTURE(body);
    CHECK_FALSE(decode_takoapi_page(body, "takoapi", "").has_value());
  }

  const auto detail =
      json::parse(R"({"slug":"a","kind":"PROJECT","githubUrl":"https://g.example/a/a",
    "pricingModel":"PER_CALL","unitPriceUsd":"0.0200","healthStatus":"healthy","scenarios":["coding"],
    "category":{"name":"Dev","slug":"dev"},"cardUrl":"javascript:void",
    "skills":[{"skillKey":"k","name":"K"}]
})");
  const auto agent = decode_takoapi_agent(detail, "takoapi", "https://t.example");
  REQUIRE(agent.has_value());
  CHECK(agent->kind == "project");
  CHECK(agent->web_url == "https://g.example/a/a");
  CHECK(agent->price.unit_usd == 0.02);
  CHECK(agent->health == "ok");
  CHECK(agent->category == "dev");
  CHECK(agent->card_url.empty());
  CHECK(agent->skills[0].id == "k");
  CHECK(agent->scenarios == std::vector<std::string>{"coding"});
}

TEST_CASE("searching: by words, kind, protocol and skill here, by scenario there") {
  Tako tako;
  tako.replies["/api/registry"] = [](const UpstreamRequest& request, Wire& wire) {
    std::vector<json> rows = {row("alpha"), row("beta", {{"protocols", {"MCP"}}})};
    if (request.target.find("HOSTED") == std::string::npos) {
      rows.push_back(row("proj", {{"kind", "PROJECT"}}));
    }
    wire.reply(200, "application/json", json{{"agents", rows}, {"truncated", true}}.dump());
  };
  tako.replies["/api/agents"] = [](const UpstreamRequest& request, Wire& wire) {
    const bool second = request.target.find("page=2") != std::string::npos;
    wire.reply(200, "application/json",
               json{{"agents", {row(second ? "delta" : "gamma")}},
                    {"pagination", {{"page", 1}, {"totalPages", 2}}}}
                   .dump());
  };
  const auto directory = tako.directory();
  using Slugs = std::vector<std::string>;
  CHECK(slugs(directory->agents({}, {})) == Slugs{"alpha", "beta"});
  CHECK(directory->agents({}, {}).list->truncated);
  CHECK(slugs(directory->agents({"THINGS alpha", "hosted", "", "", ""}, {})) == Slugs{"alpha"});
  CHECK(slugs(directory->agents({"", "hosted", "", "", "mcp"}, {})) == Slugs{"beta"});
  CHECK(slugs(directory->agents({"", "hosted", "", "talking", ""}, {})) == Slugs{"alpha", "beta"});
  CHECK(slugs(directory->agents({"", "hosted", "", "cooking", ""}, {})).empty());
  CHECK(tako.asked().size() == 1);  // the list is kept for a minute
  CHECK(slugs(directory->agents({"", "any", "", "", ""}, {})) == Slugs{"alpha", "beta", "proj"});
  CHECK(slugs(directory->agents({"", "hosted", "Data-Analysis", "", ""}, {})) ==
        Slugs{"gamma", "delta"});
  CHECK(tako.asked().back() == "/api/agents?scenario=data-analysis&limit=100&page=2");
}

TEST_CASE("a directory that is down") {
  Tako tako;
  tako.replies["/api/registry"] = [](const UpstreamRequest&, Wire& wire) {
    wire.reply(429, "application/json", R"({"error":"Too many requests"})", "Retry-After: 5\r\n");
  };
  try {
    tako.directory()->agents({}, {});
    FAIL("listed");
  } catch (const UpstreamError& error) {
    CHECK(error.kind == Kind::rate_limited);
    CHECK(error.retry_after == std::chrono::seconds(5));
  }
  tako.replies["/api/registry"] = [](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "text/html", "<html>Maintenance</html>");
  };
  CHECK_THROWS_AS(tako.directory()->agents({}, {}), UpstreamError);
}

TEST_CASE("one agent with its real card, which is fetched without the key") {
  Tako tako;
  const json card = {{"name", "Alpha"},
                     {"url", "/rpc"},
                     {"protocolVersion", "0.3.0"},
                     {"capabilities", {{"streaming", true}}},
                     {"skills", {{{"id", "s"}, {"name", "S"}}}}};
  tako.reply("/cards/alpha.json", card);
  tako.reply("/api/agents/alpha",
             row("alpha", {{"cardUrl", tako.upstream.url() + "/cards/alpha.json"},
                           {"skills", json::array()}}));
  const AgentDetail detail = tako.directory()->agent("alpha", {});
  CHECK(detail.callable);
  CHECK(detail.route == "gateway");
  REQUIRE(detail.card.has_value());
  CHECK(detail.card->name == "Alpha");
  CHECK(detail.agent.skills.size() == 1);
  for (const UpstreamRequest& request : tako.upstream.requests()) {
    CHECK(request.header("authorization").empty());
    CHECK(request.header("x-api-key").empty());
  }

  const AgentDetail keyless = tako.directory("")->agent("alpha", {});
  CHECK_FALSE(keyless.callable);
  CHECK(keyless.why_not.find("TAKO_KEY") != std::string::npos);
}

TEST_CASE("the recorded detail, whose card cannot be had") {
  Tako tako;
  tako.replay("/api/agents/real-03", "agent-detail");
  const AgentDetail detail = tako.directory()->agent("real-03", {});
  CHECK(detail.agent.scenarios == std::vector<std::string>{"research"});
  CHECK(detail.agent.health == "ok");
  CHECK(detail.callable);  // the gateway needs no card
  CHECK_FALSE(detail.card.has_value());
  CHECK_FALSE(detail.card_problem.empty());
}

TEST_CASE("an unknown slug is answered with the nearest ones") {
  Tako tako;
  tako.list({row("summarizer"), row("translator")});
  tako.replay("/api/agents/sumarizer", "agent-404");
  const auto directory = tako.directory();
  try {
    directory->agent("sumarizer", {});
    FAIL("found");
  } catch (const UpstreamError& error) {
    CHECK(error.kind == Kind::not_found);
    CHECK(error.advice.find("agent:takoapi/summarizer") != std::string::npos);
    CHECK(error.advice.find("translator") == std::string::npos);
  }
  CHECK(failure(*directory, "no/such one?").kind == Kind::not_found);
  CHECK(tako.asked().back() == "/api/agents/no%2Fsuch%20one%3F");
  CHECK(tako.asked("POST").empty());
}
