// What list_agents shows of many agents: small pages that can be gone through to the end.
#include <fmt/format.h>

#include <set>

#include "tests/tools/tool_rig.h"
#include "tests/upstream.h"

using nlohmann::json;
using tests::ToolRig;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

// A registry in which every agent says much of itself.
json registry(int size, std::size_t words = 1) {
  json agents = json::array();
  for (int at = 0; at < size; ++at) {
    const std::string number = std::to_string(at);
    std::string description =
        "Agent " + number + " plans journeys, books rooms and writes \"home\". ";
    for (std::size_t word = 0; word < words; ++word) description += "It knows every timetable é. ";
    agents.push_back({{"slug", "travel-planner-" + number},
                      {"name", "Travel and Lodging Planner " + number},
                      {"description", description},
                      {"kind", at % 32 == 0 ? "HOSTED" : "PROJECT"},
                      {"protocols", {"A2A", "MCP"}},
                      {"streaming", true},
                      {"pricing", {{"model", "PER_CALL"}, {"unitUsd", 0.0125}}},
                      {"skills",
                       {{{"id", "plan"}, {"name", "Plan a journey of several days"}},
                        {{"id", "book"}, {"name", "Book rooms"}},
                        {{"id", "tell"}, {"name", "Tell of it"}}}}});
  }
  return {{"agents", agents}, {"total", size}};
}

Upstream serving(const json& answer) {
  return Upstream([text = answer.dump()](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "application/json", text);
  });
}

const json any = {{"kind", "any"}};

}  // namespace

TEST_CASE("twenty agents of 1,600 take at most 3 KB, whatever they say of themselves") {
  const Upstream upstream = serving(registry(1600, 40));
  ToolRig rig({{"TAKOAPI_BASE_URL", upstream.url()}});
  const json page = rig.ok("list_agents", any);
  CHECK(page["agents"].size() == 20);
  CHECK(page["total"] == 1600);
  CHECK(page.dump().size() <= 3072);
  const json& row = page["agents"][1];
  CHECK(row[0] == "agent:travel-planner-1");
  CHECK(row[2].get<std::string>().substr(0, 13) == "Agent 1 plans");
  CHECK(row[3] != "");
  CHECK(row[4] == 0.0125);
  CHECK(row[5] == "A2A MCP streams project");
}

TEST_CASE("an agent whose id alone fills a row ends the page early, and the next one goes on") {
  json agents = json::array();
  for (int at = 0; at < 40; ++at) {
    agents.push_back({{"slug", std::string(150, 'a') + std::to_string(at)}, {"kind", "HOSTED"}});
  }
  const Upstream upstream = serving({{"agents", agents}});
  ToolRig rig({{"TAKOAPI_BASE_URL", upstream.url()}});
  const json page = rig.ok("list_agents", json::object());
  CHECK(page["agents"].size() < 20);
  CHECK(page["agents"].size() > 5);
  CHECK(page.dump().size() <= 3072 + 200);  // the cursor names the last of them
  const json next = rig.ok("list_agents", {{"cursor", page["next_cursor"]}});
  CHECK(next["agents"][0][0] ==
        "agent:" + std::string(150, 'a') + std::to_string(page["agents"].size()));
}

TEST_CASE("the pages of a listing hold every agent once, in the directory's order") {
  const Upstream upstream = serving(registry(1600));
  ToolRig rig({{"TAKOAPI_BASE_URL", upstream.url()}});
  std::vector<std::string> seen;
  json arguments = {{"kind", "any"}, {"limit", 100}};
  for (int page = 0; page < 100; ++page) {
    const json list = rig.ok("list_agents", arguments);
    for (const json& row : list["agents"]) seen.push_back(row[0]);
    if (!list.contains("next_cursor")) break;
    arguments["cursor"] = list["next_cursor"];
  }
  REQUIRE(seen.size() == 1600);
  for (std::size_t at = 0; at < seen.size(); ++at) {
    CHECK(seen[at] == fmt::format("agent:travel-planner-{}", at));
  }
  CHECK(upstream.requests().size() == 1);  // one list for all pages
}

TEST_CASE("a cursor finds its place in a list that has changed") {
  const Upstream upstream = serving(registry(100));
  ToolRig rig({{"TAKOAPI_BASE_URL", upstream.url()}});
  const auto first_after = [&](const char* cursor) {
    const json list = rig.ok("list_agents", {{"kind", "any"}, {"cursor", cursor}});
    return list["agents"].empty() ? "" : list["agents"][0][0].get<std::string>();
  };
  CHECK(first_after("5:agent:travel-planner-4") == "agent:travel-planner-5");
  CHECK(first_after("5:agent:travel-planner-40") == "agent:travel-planner-41");  // it has moved
  CHECK(first_after("5:agent:gone") == "agent:travel-planner-5");
  CHECK(first_after("500:agent:gone") == "");
  CHECK(rig.failure("list_agents", {{"cursor", "nonsense"}}).rfind("invalid_arguments:", 0) == 0);
}
