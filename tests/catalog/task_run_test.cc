#include "catalog/agents/task_run.h"

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
using tests::Methods;
using tests::piece;
using tests::result;
using tests::ScriptedAgent;
using tests::status;
using tests::Stopwatch;
using tests::task;
using tests::Wire;

TEST_CASE("an agent that cannot stream is sent the prompt, then asked until it is done") {
  ScriptedAgent agent;
  agent.on("SendMessage", result({{"task", task("TASK_STATE_SUBMITTED")}}));
  agent.on("GetTask", result(task("TASK_STATE_WORKING", nullptr, "reading")));
  agent.on("GetTask", result(task("TASK_STATE_COMPLETED", "the answer")));
  A2aCaller caller(agent.upstream);
  const Answer answer = caller.ask();
  CHECK(answer.status == Status::completed);
  CHECK(answer.text == "the answer");
  CHECK(caller.printed == "the answer");
  CHECK_FALSE(answer.task.has_value());
  CHECK(agent.asked() == Methods{"SendMessage", "GetTask", "GetTask"});
  const json sent = json::parse(agent.upstream.requests()[0].body);
  CHECK(sent["params"]["configuration"]["returnImmediately"] == true);
  CHECK(json::parse(agent.upstream.requests()[1].body)["params"] == json{{"id", "t-1"}});
  REQUIRE(caller.tasks.size() == 1);  // told as soon as it was known
  CHECK(caller.tasks[0].task_id == "t-1");
  CHECK(caller.tasks[0].context_id == "c-1");
  CHECK(caller.tasks[0].version == "1.0");
}

TEST_CASE("a stream that is cut at each of its events is resumed, never sent again") {
  const std::string events[] = {event({{"task", task("TASK_STATE_SUBMITTED")}}),
                                event(piece("one ")), event(piece("two ")), event(piece("three"))};
  const char* whole[] = {"", "one ", "one two ", "one two three"};
  for (std::size_t cut = 1; cut <= std::size(events); ++cut) {
    CAPTURE(cut);
    ScriptedAgent agent;
    std::string before, after;
    for (std::size_t at = 0; at < std::size(events); ++at)
      (at < cut ? before : after) += events[at];
    agent.stream("SendStreamingMessage", before, true);
    agent.on("GetTask", result(task("TASK_STATE_WORKING", cut == 1 ? nullptr : whole[cut - 1])));
    agent.stream(
        "SubscribeToTask",
        event({{"task", task("TASK_STATE_WORKING", cut == 1 ? nullptr : whole[cut - 1])}}) + after +
            event(status("TASK_STATE_COMPLETED")));
    A2aCaller caller(agent.upstream);
    caller.call.streaming = true;
    const Answer answer = caller.ask();
    CHECK(answer.status == Status::completed);
    CHECK(answer.text == "one two three");
    CHECK(caller.printed == "one two three");
    CHECK(agent.asked() == Methods{"SendStreamingMessage", "GetTask", "SubscribeToTask"});
  }
}

TEST_CASE("a task that ended while the stream was lost is simply fetched") {
  ScriptedAgent agent;
  agent.stream("SendStreamingMessage", event({{"task", task("TASK_STATE_WORKING", "half")}}), true);
  agent.on("GetTask", [](Wire& wire) { wire.reply(503, "text/plain", "not now"); });
  agent.on("GetTask", result(task("TASK_STATE_COMPLETED", "half and half")));
  A2aCaller caller(agent.upstream);
  caller.call.streaming = true;
  CHECK(caller.ask().text == "half and half");
  CHECK(caller.printed == "half and half");
  CHECK(agent.asked() == Methods{"SendStreamingMessage", "GetTask", "GetTask"});
}

TEST_CASE("an agent that announces streams and cannot resume them is asked again and again") {
  ScriptedAgent agent;
  agent.stream("SendStreamingMessage", event({{"task", task("TASK_STATE_WORKING")}}));
  agent.on("GetTask", result(task("TASK_STATE_WORKING")));
  agent.on("GetTask", result(task("TASK_STATE_WORKING")));
  agent.on("GetTask", result(task("TASK_STATE_FAILED", nullptr, "no")));
  agent.on("SubscribeToTask", error(-32004));
  A2aCaller caller(agent.upstream);
  caller.call.streaming = true;
  const UpstreamError failed = caller.fail();
  CHECK(failed.kind == Kind::agent_failed);
  CHECK(failed.provider_message == "no");
  CHECK(agent.asked() ==
        Methods{"SendStreamingMessage", "GetTask", "SubscribeToTask", "GetTask", "GetTask"});
}

TEST_CASE("an agent that forgot its task says so, with what had come") {
  ScriptedAgent agent;
  agent.stream("SendStreamingMessage", event({{"task", task("TASK_STATE_WORKING", "half")}}), true);
  agent.on("GetTask", error(-32001));
  A2aCaller caller(agent.upstream);
  caller.call.streaming = true;
  const UpstreamError failed = caller.fail();
  CHECK(failed.kind == Kind::not_found);
  CHECK(failed.partial_text == "half");
  CHECK(failed.request_id == "t-1");
  CHECK(failed.billed == Billed::unknown);
}

TEST_CASE("a task that never ends is working when patience does") {
  ScriptedAgent agent;
  agent.on("SendMessage", result({{"task", task("TASK_STATE_PAUSED", "so far")}}));
  agent.on("GetTask", result(task("TASK_STATE_PAUSED", "so far")));
  A2aCaller caller(agent.upstream);
  caller.prompt.patience.until = std::chrono::steady_clock::now() + 500ms;
  const Stopwatch watch;
  const Answer answer = caller.ask();
  CHECK(watch.elapsed() < 2s);
  CHECK(answer.status == Status::working);
  CHECK(answer.text == "so far");
  CHECK(answer.finish_reason == "TASK_STATE_PAUSED");
  REQUIRE(answer.task.has_value());
  CHECK(answer.task->endpoint == agent.upstream.url() + "/rpc");
  CHECK(agent.asked().size() <= 5);  // not a storm
  CHECK(std::count(caller.heard.begin(), caller.heard.end(), "unknown") > 0);
}

TEST_CASE("patience also ends in the middle of a silent stream") {
  ScriptedAgent agent;
  agent.on("SendStreamingMessage", [](Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk(event({{"task", task("TASK_STATE_WORKING")}}));
    wire.closed_within(10s);
    wire.hang_up();
  });
  A2aCaller caller(agent.upstream);
  caller.call.streaming = true;
  caller.prompt.patience.until = std::chrono::steady_clock::now() + 300ms;
  const Stopwatch watch;
  const Answer answer = caller.ask();
  CHECK(watch.elapsed() < 2s);
  CHECK(answer.status == Status::working);
  CHECK(answer.task->task_id == "t-1");
  CHECK(agent.asked() == Methods{"SendStreamingMessage"});
}

TEST_CASE("a stop cancels the agent's task, unless its caller only stops waiting") {
  for (const bool leaves : {false, true}) {
    CAPTURE(leaves);
    ScriptedAgent agent;
    agent.on("SendStreamingMessage", [](Wire& wire) {
      wire.begin_chunks(200, "text/event-stream");
      wire.chunk(event({{"task", task("TASK_STATE_WORKING")}}));
      wire.closed_within(10s);
      wire.hang_up();
    });
    agent.on("CancelTask", result(task("TASK_STATE_CANCELED")));
    A2aCaller caller(agent.upstream);
    caller.call.streaming = true;
    if (leaves) caller.prompt.patience.leaves_task = [] { return true; };
    std::thread stopper([&caller] {
      std::this_thread::sleep_for(200ms);
      caller.stop.request_stop();
    });
    CHECK_THROWS_AS(caller.ask(), Cancelled);
    stopper.join();
    const Methods expected =
        leaves ? Methods{"SendStreamingMessage"} : Methods{"SendStreamingMessage", "CancelTask"};
    CHECK(agent.asked() == expected);
  }
}

TEST_CASE("an agent that does not answer the cancellation holds nobody for more than 3 s") {
  ScriptedAgent agent;
  agent.on("SendMessage", result({{"task", task("TASK_STATE_WORKING")}}));
  agent.on("GetTask", result(task("TASK_STATE_WORKING")));
  agent.on("CancelTask", [](Wire& wire) { wire.closed_within(10s); });
  A2aCaller caller(agent.upstream);
  std::thread stopper([&caller] {
    std::this_thread::sleep_for(200ms);
    caller.stop.request_stop();
  });
  const Stopwatch watch;
  CHECK_THROWS_AS(caller.ask(), Cancelled);
  CHECK(watch.elapsed() < 4s);
  stopper.join();
  CHECK(agent.asked().back() == "CancelTask");
}

TEST_CASE("a question is answered in the same task and conversation") {
  ScriptedAgent agent;
  agent.stream("SendStreamingMessage",
               event({{"task", task("TASK_STATE_INPUT_REQUIRED", nullptr, "Which?")}}));
  agent.stream("SendStreamingMessage",
               event({{"task", task("TASK_STATE_COMPLETED", "Paris it is")}}));
  A2aCaller caller(agent.upstream);
  caller.call.streaming = true;
  const Answer asked = caller.ask();
  CHECK(asked.status == Status::input_required);
  CHECK(asked.text == "Which?");
  REQUIRE(asked.task.has_value());
  const auto kept = agent_task(to_text(*asked.task));  // as it would be after a restart
  REQUIRE(kept.has_value());
  caller.prompt.text = "Paris";
  const Answer answer = answer_task(call_for(caller, *kept), *kept, caller.prompt,
                                    caller.listener(), caller.transfers, {});
  CHECK(answer.text == "Paris it is");
  const json sent = json::parse(agent.upstream.requests()[1].body)["params"]["message"];
  CHECK(sent["taskId"] == "t-1");
  CHECK(sent["contextId"] == "c-1");
  CHECK(sent["parts"][0]["text"] == "Paris");
}

TEST_CASE("a conversation goes on in a new task") {
  ScriptedAgent agent;
  agent.on("SendMessage", result({{"message",
                                   {{"role", "ROLE_AGENT"},
                                    {"contextId", "c-1"},
                                    {"parts", {{{"text", "hello again"}}}}}}}));
  A2aCaller caller(agent.upstream);
  caller.prompt.context_id = "c-1";
  caller.prompt.files = {{"a.txt", "text/plain", "hello!", ""}};
  CHECK(caller.ask().text == "hello again");
  const json sent = json::parse(agent.upstream.requests()[0].body)["params"]["message"];
  CHECK(sent["contextId"] == "c-1");
  CHECK_FALSE(sent.contains("taskId"));
  CHECK(sent["parts"][1]["raw"] == "aGVsbG8h");
}
