// Each of the budgets as an agent meets it that calls `invoke`: what is refused, who is asked, and
// what is told when one is nearly gone.
#include <doctest/doctest.h>

#include "tests/catalog/gateway_rig.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tests/tools/modern_call.h"
#include "tests/tools/tool_rig.h"

using tests::json;
using tests::ToolRig;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

constexpr const char* catalogue = R"({"data":[
  {"id":"a/b","context_length":100000,"pricing":{"prompt":"0.000001","completion":"0.000004"}},
  {"id":"a/router","context_length":100000,"pricing":{"prompt":"-1","completion":"-1"}},
  {"id":"a/free:free","context_length":100000,"pricing":{"prompt":"0","completion":"0"}}]})";

// A gateway that charges so much for each call of a model that is not free.
tests::Upstream::Handler charging(double usd) {
  return [usd](const UpstreamRequest& request, Wire& wire) {
    if (request.target == "/api/v1/key") {
      wire.reply(200, "application/json",
                 R"({"data":{"usage":7,"usage_daily":0.51,"limit":20,"limit_remaining":13}})");
      return;
    }
    if (request.method == "GET") {
      wire.reply(200, "application/json", catalogue);
      return;
    }
    const bool free = request.body.find("a/free") != std::string::npos;
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(tests::chat_said("fine") +
               tests::chat_finished("stop", json{{"cost", free ? 0 : usd}}.dump()) +
               tests::chat_done);
    wire.last_chunk();
  };
}

struct Budgeted {
  explicit Budgeted(const json& budgets, double charge = 0.01)
      : upstream(charging(charge)),
        tools({{"OPENROUTER_API_KEY", tests::test_key},
               {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"}},
              {{"budgets", budgets}}) {}

  static json call(const json& more = json::object()) {
    json arguments = {{"target", "a/b"}, {"prompt", "hi"}};
    arguments.update(more);
    return arguments;
  }
  std::size_t bought() const {
    const auto requests = upstream.requests();
    return static_cast<std::size_t>(std::count_if(
        requests.begin(), requests.end(), [](const auto& each) { return each.method == "POST"; }));
  }

  tests::Upstream upstream;
  ToolRig tools;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each budget refuses what it does not hold, names itself, and sends nothing") {
  struct Row {
    json budgets;
    const char* name;
    const char* setting;
  };
  // A call's worst case is about $0.0165.
  const Row rows[] = {
      {{{"call_usd", 0.01}}, "the limit of $0.01", "budgets.call_usd"},
      {{{"session_usd", 0.02}}, "the session's budget of $0.02", "budgets.session_usd"},
      {{{"day_usd", 0.02}}, "the day's budget of $0.02", "budgets.day_usd"},
      {{{"month_usd", 0.02}}, "the month's budget of $0.02", "budgets.month_usd"},
      {{{"minute_usd", 0.02}}, "the minute's budget of $0.02", "Or wait a minute."},
      {{{"per_day_usd", {{"a/b", 0.02}}}}, "the a/b a day's budget", "budgets.per_day_usd.a/b"},
      {{{"per_day_usd", {{"openrouter", 0.02}}}},
       "the openrouter a day's budget",
       "budgets.per_day_usd.openrouter"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.setting);
    Budgeted b(row.budgets);
    const bool of_one_call = row.budgets.contains("call_usd");
    if (!of_one_call) b.tools.ok("invoke", Budgeted::call());
    const std::string text = b.tools.failure("invoke", Budgeted::call());
    CHECK(has(text, "over_budget: "));
    CHECK(has(text, row.name));
    CHECK(has(text, row.setting));
    CHECK(has(text, "Nothing was sent."));
    CHECK(has(text, "max_tokens"));
    CHECK(b.bought() == (of_one_call ? 0 : 1));
    b.tools.ok("invoke", Budgeted::call({{"target", "a/free:free"}}));
    b.tools.ok("invoke", Budgeted::call({{"max_tokens", 500}}));  // what would fit
  }
}

TEST_CASE("a price that is missing is asked about, refused or allowed, as the user says") {
  const json router = Budgeted::call({{"target", "a/router"}});
  const json with_limit = Budgeted::call({{"target", "a/router"}, {"max_cost_usd", 0.05}});
  for (const char* policy : {"ask", "refuse"}) {
    CAPTURE(policy);
    Budgeted b(json{{"unknown_price", policy}});
    CHECK(has(b.tools.failure("invoke", router), "what a/router costs is not known"));
    CHECK(b.bought() == 0);
    b.tools.ok("invoke", with_limit);
    CHECK(b.tools.ok("get_usage", json::object())["today"]["usd"] == 0.01);
  }
  Budgeted nothing(json::object());
  const auto at_no_cost = [&](const char* target) {
    return nothing.tools.run("invoke", Budgeted::call({{"target", target}, {"max_cost_usd", 0}}));
  };
  CHECK(has(at_no_cost("a/router").text, "over_budget: "));
  CHECK(nothing.bought() == 0);
  CHECK(has(at_no_cost("a/free:free").text, "fine"));
  Budgeted open(json{{"unknown_price", "allow"}, {"day_usd", 0.015}});
  open.tools.ok("invoke", router);
  open.tools.ok("invoke", router);
  CHECK(has(open.tools.failure("invoke", router), "the day's budget"));  // what it cost counts
}

TEST_CASE("what the gateway counts and the ledger does not know of is said") {
  Budgeted b(json::object());
  b.tools.ok("invoke", Budgeted::call());
  const std::string text = b.tools.run("get_usage", json::object()).text;
  CHECK(has(text, "the gateway's view of the key: $7 so far, $0.51 today, $13 left"));
  CHECK(has(text, "the gateway counts $0.5 more today than the ledger knows of"));
  Budgeted dear(json::object(), 0.6);
  dear.tools.ok("invoke", Budgeted::call());
  CHECK_FALSE(has(dear.tools.run("get_usage", json::object()).text, "knows of"));
}

TEST_CASE("at 50, 80 and 100 percent of a budget the result says so, once each") {
  Budgeted b(json{{"day_usd", 0.1}, {"minute_usd", nullptr}});
  std::vector<std::string> told;
  for (int i = 0; i < 10; ++i) {
    const json result = b.tools.ok("invoke", Budgeted::call({{"max_tokens", 500}}));
    for (const json& each : result.value("budget_alerts", json::array())) told.push_back(each);
  }
  REQUIRE(told.size() == 3);
  CHECK(told[0] == "50 % of the day's budget is gone: $0.05 of $0.1");
  CHECK(told[1] == "80 % of the day's budget is gone: $0.08 of $0.1");
  CHECK(told[2] == "100 % of the day's budget is gone: $0.1 of $0.1");
}

TEST_CASE("in 2026-07-28 the person is asked before anything is bought, and the call repeated") {
  tests::Upstream upstream(charging(0.01));
  const tests::Folder home;
  const std::filesystem::path place = home.path() + "/.config/patchbay";
  std::filesystem::create_directories(place);
  std::ofstream(place / "config.json") << R"({"budgets": {"ask_above_usd": 0.001}})";
  tests::Process program({}, {{"HOME", home.path()},
                              {"OPENROUTER_API_KEY", tests::test_key},
                              {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"}});
  int id = 0;
  const auto call = [&](const json& more) {
    program.send(tests::modern_call_line(++id, "invoke", Budgeted::call(), more));
    return program.reply(id)["result"];
  };
  const auto bought = [&] {
    const auto requests = upstream.requests();
    return std::count_if(requests.begin(), requests.end(),
                         [](const auto& each) { return each.method == "POST"; });
  };
  const json first = call(json::object());
  CAPTURE(first.dump());
  REQUIRE(first["resultType"] == "input_required");
  REQUIRE(first["inputRequests"].size() == 1);
  const std::string key = first["inputRequests"].begin().key();
  CHECK(has(first["inputRequests"][key]["params"]["message"], "This call may cost up to $"));
  CHECK(bought() == 0);
  const auto answer = [&](const char* action) {
    json again = {{"inputResponses", {{key, {{"action", action}}}}}};
    if (first.contains("requestState")) again["requestState"] = first["requestState"];
    return call(again);
  };
  CHECK(answer("decline")["isError"] == true);
  CHECK(bought() == 0);
  CHECK(answer("accept")["structuredContent"]["text"] == "fine");
  CHECK(bought() == 1);
}
