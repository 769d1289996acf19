// Several callers at one task of an agent: none of them is sent twice.
#include <atomic>
#include <thread>

#include "catalog/agents/agent_task.h"
#include "catalog/state/task_store.h"
#include "tests/tools/agent_rig.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::AgentRig;
using tests::agents_task;
using tests::ToolRig;

namespace {

constexpr int callers = 6;

// Runs them at once and returns the texts of the errors; "" for an answer.
std::vector<std::string> at_once(ToolRig& program, const std::string& tool, const json& arguments) {
  std::vector<std::string> outcomes(callers);
  std::atomic<int> ready = 0;
  {
    std::vector<std::jthread> threads;
    for (int at = 0; at < callers; ++at) {
      threads.emplace_back([&, at] {
        ++ready;
        while (ready < callers) std::this_thread::yield();
        const mcp::CallToolResult result = program.run(tool, arguments);
        outcomes[static_cast<std::size_t>(at)] = result.is_error ? result.text : "";
      });
    }
  }
  return outcomes;
}

}  // namespace

TEST_CASE("of those who answer a question at once one is heard, the others are told it is busy") {
  std::atomic<bool> others_refused = false;
  const AgentRig agent([&](const std::string&, const json& params) -> json {
    if (!params["message"].contains("taskId")) {
      return {{"task", agents_task("TASK_STATE_INPUT_REQUIRED", "Which city?")}};
    }
    for (int i = 0; i < 100 && !others_refused; ++i) std::this_thread::sleep_for(20ms);
    return {{"task", agents_task("TASK_STATE_COMPLETED", "Paris it is")}};
  });
  ToolRig program = agent.program();
  const json asked = program.ok("invoke", {{"target", "agent:local/a"}, {"prompt", "travel"}});
  REQUIRE(asked["status"] == "input_required");
  const json answer = {{"task_id", asked["task_id"]}, {"prompt", "Paris"}};
  std::vector<std::string> outcomes;
  std::jthread late([&] {
    // The one that is heard keeps the agent until somebody else was refused while it worked.
    for (int i = 0; i < 1000 && agent.asked("SendMessage").size() < 2; ++i) {
      std::this_thread::sleep_for(5ms);
    }
    CHECK(program.failure("invoke", answer).rfind("busy:", 0) == 0);
    others_refused = true;
  });
  outcomes = at_once(program, "invoke", answer);
  late.join();
  int heard = 0;
  for (const std::string& outcome : outcomes) {
    CAPTURE(outcome);
    heard += outcome.empty() ? 1 : 0;
    CHECK((outcome.empty() || outcome.rfind("busy:", 0) == 0));
  }
  CHECK(heard == 1);
  CHECK(agent.asked("SendMessage").size() == 2);
  CHECK(program.ok("get_task", {{"task_id", asked["task_id"]}})["text"].get<std::string>().find(
            "Paris it is") != std::string::npos);
}

TEST_CASE("a task left behind is followed by one, whoever else asks") {
  std::atomic<int> looking = 0;
  std::atomic<int> most = 0;
  std::atomic<int> looks = 0;
  const AgentRig agent([&](const std::string& method, const json&) -> json {
    if (++looking > most) most = looking.load();
    std::this_thread::sleep_for(30ms);
    --looking;
    CHECK(method == "GetTask");
    return ++looks < 4 ? agents_task("TASK_STATE_WORKING", "at it")
                       : agents_task("TASK_STATE_COMPLETED", "done at last");
  });
  const tests::Folder state;
  catalog::AgentTask remote;
  remote.directory = "local";
  remote.slug = "a";
  remote.endpoint = agent.upstream.url() + "/rpc";
  remote.binding = "JSONRPC";
  remote.version = "1.0";
  remote.task_id = "t-1";
  remote.route = "direct";
  catalog::StoredTask task;
  task.id = "0123456789abcdef0123456789abcdef";
  task.target = "agent:local/a";
  task.status = "working";
  task.remote = to_text(remote);
  task.owner = "1:0";  // a process that is gone
  catalog::TaskStore(state.path() + "/patchbay/state.sqlite").add(task);

  ToolRig program = agent.program(state.path());
  for (const std::string& outcome :
       at_once(program, "get_task", {{"task_id", task.id}, {"wait_seconds", 20}})) {
    CHECK(outcome.empty());
  }
  const json now = program.ok("get_task", {{"task_id", task.id}});
  CHECK(now["status"] == "completed");
  CHECK(now["text"].get<std::string>().find("done at last") != std::string::npos);
  CHECK(most == 1);
  CHECK(looks == 4);
}
