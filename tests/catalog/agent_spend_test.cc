// Agents that are called at their own endpoint, or through a gateway that names no prices: each
// call is a line of the ledger, and counts in dollars where the user gives the agent a budget.
#include <doctest/doctest.h>

#include "catalog/agents/directory_kinds.h"
#include "catalog/errors.h"
#include "catalog/models/gateway.h"
#include "catalog/spend/purse.h"
#include "catalog/transfers.h"
#include "catalog/url.h"
#include "tests/catalog/ledger_suite.h"
#include "tests/tools/agent_rig.h"

using namespace catalog;
using tests::json;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

tests::AgentRig::Answer done() {
  return [](const std::string&, const json&) {
    return json{{"task", tests::agents_task("TASK_STATE_COMPLETED", "fine")}};
  };
}

json hello(json more = json::object()) {
  json arguments = {{"target", "agent:local/a"}, {"prompt", "hi"}};
  arguments.update(more);
  return arguments;
}

// An agent behind `/chat/completions`, which answers like that.
struct ChatAgent {
  explicit ChatAgent(std::string usage)
      : upstream([usage](const UpstreamRequest& request, Wire& wire) {
          if (request.body.find("drop") != std::string::npos) return wire.hang_up(true);
          wire.begin_chunks(200, "text/event-stream");
          wire.chunk(R"(data: {"choices":[{"delta":{"content":"fine"},"finish_reason":"stop"}],)"
                     R"("usage":)" +
                     usage + "}\n\ndata: [DONE]\n\n");
          wire.last_chunk();
        }) {
    DirectorySettings settings;
    settings.name = "team";
    settings.kind = "openai";
    settings.base_url = upstream.url();
    settings.agents = {"helper"};
    directory = make_directory(std::move(settings), transfers);
  }
  void ask(const std::string& text) {
    Purse purse(books, {"", "agent:team/helper", {}, {}});
    Prompt prompt;
    prompt.text = text;
    prompt.purse = &purse;
    try {
      directory->invoke("helper", prompt, {}, {});
    } catch (const UpstreamError&) {
    }
  }
  ReportRow all() { return books.report({}).front(); }

  tests::Upstream upstream;
  Transfers transfers;
  std::unique_ptr<Directory> directory;
  Books books{{{}, {}, {}, {}}};
};

}  // namespace

TEST_CASE("a call of an agent that names no price is a line of the ledger, of unknown cost") {
  tests::AgentRig rig(done());
  tests::ToolRig tools = rig.program();
  tools.ok("invoke", hello());
  tools.ok("invoke", hello({{"max_cost_usd", 0.5}}));
  const json usage = tools.ok("get_usage", json::object());
  CHECK(usage["today"]["calls"] == 2);
  CHECK(usage["today"]["calls_of_unknown_cost"] == 2);
  CHECK(usage["rows"][0][0] == "agent:local/a");
  CHECK(usage["columns"].back() == "calls_of_unknown_cost");
  CHECK(usage["rows"][0].back() == 2);
  CHECK(tools.run("get_usage", json::object()).text.find("$0 in 2 calls, 2 of unknown cost") !=
        std::string::npos);
}

TEST_CASE("an agent that was given a budget is asked about, and held to it") {
  tests::AgentRig rig(done());
  const json budgets = {{"budgets", {{"per_day_usd", {{"agent:local/a", 0.5}}}}}};
  tests::ToolRig tools({{"TAKOAPI_BASE_URL", "http://127.0.0.1:9"}}, rig.config(budgets));
  CHECK(tools.failure("invoke", hello()).find("what agent:local/a costs is not known") !=
        std::string::npos);
  tools.ok("invoke", hello({{"max_cost_usd", 0.3}}));
  const std::string refused = tools.failure("invoke", hello({{"max_cost_usd", 0.3}}));
  CHECK(refused.find("$0.2 is left of the agent:local/a a day's budget of $0.5") !=
        std::string::npos);
  CHECK(rig.asked("SendMessage").size() == 1);
  const json usage = tools.ok("get_usage", json::object());
  CHECK(usage["today"]["usd_unknown_at_most"] == 0.3);
  tools.ok("invoke", hello({{"target", "agent:local/b"}}));  // the other has none
}

TEST_CASE("an agent behind a chat endpoint costs what it says, and what broke is listed") {
  ChatAgent told(R"({"prompt_tokens":1,"completion_tokens":1,"cost":0.02})");
  told.ask("hi");
  CHECK(told.all().spent == dollars(0.02));
  CHECK(told.all().untold == 0);
  ChatAgent mute("null");
  mute.ask("hi");
  mute.ask("drop");
  CHECK(mute.all().calls == 2);
  CHECK(mute.all().untold == 2);
  CHECK(mute.all().spent == Money{});
}
