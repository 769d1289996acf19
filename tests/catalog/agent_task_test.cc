#include "catalog/agents/agent_task.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catalog/exchanges.h"
#include "tests/catalog/scripted_agent.h"

using namespace catalog;
using namespace std::chrono_literals;
using nlohmann::json;
using tests::A2aCaller;
using tests::call_for;
using tests::error;
using tests::event;
using tests::known_task;
using tests::Methods;
using tests::piece;
using tests::result;
using tests::ScriptedAgent;
using tests::status;
using tests::Stopwatch;
using tests::task;

TEST_CASE("a task is followed by its record alone") {
  ScriptedAgent agent;
  agent.on("GetTask", result(task("TASK_STATE_WORKING", "one ")));
  agent.stream("SubscribeToTask", event({{"task", task("TASK_STATE_WORKING", "one ")}}) +
                                      event(piece("two")) + event(status("TASK_STATE_COMPLETED")));
  A2aCaller caller(agent.upstream);
  AgentTask known = known_task(agent);
  known.streaming = true;
  const Answer answer =
      follow_task(call_for(caller, known), known, {}, caller.listener(), caller.transfers, {});
  CHECK(answer.text == "one two");
  CHECK(caller.printed == "one two");
  CHECK(agent.asked() == Methods{"GetTask", "SubscribeToTask"});
}

TEST_CASE("who stops following leaves the task as it is") {
  ScriptedAgent agent;
  agent.on("GetTask", result(task("TASK_STATE_WORKING")));
  A2aCaller caller(agent.upstream);
  const AgentTask known = known_task(agent);
  std::thread stopper([&caller] {
    std::this_thread::sleep_for(200ms);
    caller.stop.request_stop();
  });
  const Stopwatch watch;
  CHECK_THROWS_AS(follow_task(call_for(caller, known), known, {}, caller.listener(),
                              caller.transfers, caller.stop.get_token()),
                  Cancelled);
  CHECK(watch.elapsed() < 1s);
  stopper.join();
  for (const std::string& method : agent.asked()) CHECK(method == "GetTask");
}

TEST_CASE("a cancellation says what became of the task") {
  struct Case {
    const char* name;
    std::vector<std::string> cancel;
    std::vector<std::string> fetch;
    TaskState state;
  };
  const Case cases[] = {
      {"it stops", {result(task("TASK_STATE_CANCELED"))}, {}, TaskState::canceled},
      {"it stops a little later",
       {result(task("working"))},
       {result(task("working")), result(task("canceled"))},
       TaskState::canceled},
      {"it was over", {error(-32002)}, {result(task("completed", "x"))}, TaskState::completed},
      {"it goes on all the same",
       {result(task("working"))},
       {result(task("working"))},
       TaskState::working},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    ScriptedAgent agent;
    for (const std::string& reply : one.cancel) agent.on("CancelTask", reply);
    for (const std::string& reply : one.fetch) agent.on("GetTask", reply);
    A2aCaller caller(agent.upstream);
    const AgentTask known = known_task(agent);
    CHECK(cancel_task(call_for(caller, known), known, caller.transfers, {}) == one.state);
  }
  ScriptedAgent agent;
  A2aCaller caller(agent.upstream);
  const AgentTask known = known_task(agent);
  CHECK_THROWS_AS(cancel_task(call_for(caller, known), known, caller.transfers, {}), UpstreamError);
}

TEST_CASE("the record of a task survives as text, and nothing else passes for one") {
  AgentTask task;
  task.directory = "local";
  task.slug = "a/b";
  task.endpoint = "https://a.example/rpc?x=\"1\"";
  task.binding = "HTTP+JSON";
  task.version = "0.3";
  task.tenant = "t";
  task.task_id = "id with \n newline";
  task.context_id = "c";
  task.route = "gateway";
  task.streaming = true;
  const auto back = agent_task(to_text(task));
  REQUIRE(back.has_value());
  CHECK(to_text(*back) == to_text(task));
  CHECK(back->task_id == task.task_id);
  for (const char* text : {"", "[]", "{", R"({"directory":"a","slug":"b"})", R"({"task_id":7})"}) {
    CAPTURE(text);
    CHECK_FALSE(agent_task(text).has_value());
  }
}
