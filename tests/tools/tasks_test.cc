// Calls that outlive their caller's patience, spoken to as a client would.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tests/tools/agent_rig.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::call_line;
using tests::Process;

namespace {

struct Client {
  explicit Client(const std::vector<std::string>& arguments,
                  const std::map<std::string, std::string>& environment)
      : program(arguments, environment) {
    program.send(tests::initialize_line("init"));
    program.reply("init");
  }
  json call(const std::string& tool, const json& arguments) {
    program.send(call_line(++id, tool, arguments));
    return program.reply(id, 30s)["result"];
  }
  // The structured result; fails the test when the tool failed.
  json ok(const std::string& tool, const json& arguments) {
    const json result = call(tool, arguments);
    INFO(result.dump());
    CHECK_FALSE(result.value("isError", false));
    return result.value("structuredContent", json::object());
  }

  Process program;
  int id = 0;
};

const std::vector<std::string> sandboxed = {"--sandbox"};

}  // namespace

TEST_CASE("a call that is not finished in time returns a task id, and goes on") {
  const tests::Folder home;
  std::string id;
  {
    Client c(sandboxed, {{"HOME", home.path()}});
    const json meanwhile =
        c.ok("invoke", {{"target", "sandbox/slow"}, {"prompt", "hi"}, {"wait_seconds", 0}});
    CHECK(meanwhile["status"] == "working");
    id = meanwhile["task_id"];
    CHECK(id.size() == 32);
    CHECK(c.ok("get_task", {{"task_id", id}, {"wait_seconds", 0}})["status"] == "working");
    const json done = c.ok("get_task", {{"task_id", id}, {"wait_seconds", 20}});
    CHECK(done["status"] == "completed");
    const std::string text = done["text"];
    CHECK(text.find("takes its time") != std::string::npos);
    CHECK(text.find("[sandbox/slow") == std::string::npos);  // who answered is in the result
    CHECK(done["result"]["cost_source"] == "reported");
    const json recent = c.ok("get_task", json::object());
    CHECK(recent["tasks"][0][0] == id);
  }
  Client later(sandboxed, {{"HOME", home.path()}});
  CHECK(later.ok("get_task", {{"task_id", id}})["status"] == "completed");
}

TEST_CASE("a long answer is read on in pieces, without a task too") {
  const tests::Folder home;
  Client c(sandboxed, {{"HOME", home.path()}});
  std::string prompt;
  for (int i = 0; i < 2000; ++i) prompt += "wörd" + std::to_string(i) + " ";
  const json cut = c.ok("invoke", {{"target", "sandbox/echo"}, {"prompt", prompt}});
  std::string whole = cut["text"];
  const json id = cut["task_id"];
  json offset = cut["next_offset"];
  CHECK(offset == whole.size());
  for (int pieces = 0; !offset.is_null() && pieces < 20; ++pieces) {
    const json next = c.ok("get_task", {{"task_id", id}, {"offset", offset}});
    CHECK(next["text"].get<std::string>().size() <= 8192);
    whole += next["text"];
    offset = next.value("next_offset", json());
  }
  CHECK(static_cast<int>(whole.size()) == cut["text_bytes"]);
  CHECK(whole.find("wörd1500 ") != std::string::npos);
  CHECK(c.call("get_task", {{"task_id", std::string(32, 'a')}, {"offset", 1}})["isError"] == true);
}

TEST_CASE("a text that is still growing is read from where one left off") {
  const tests::Folder home;
  Client c(sandboxed, {{"HOME", home.path()}});
  const std::string id = c.ok(
      "invoke", {{"target", "sandbox/slow"}, {"prompt", "hi"}, {"wait_seconds", 0}})["task_id"];
  std::string heard;
  json offset = 0;
  for (int i = 0; i < 100; ++i) {
    const json now = c.ok("get_task", {{"task_id", id}, {"wait_seconds", 0}, {"offset", offset}});
    if (now["status"] != "working") break;
    heard += now["text"];
    offset = now["next_offset"];
    std::this_thread::sleep_for(200ms);
  }
  CHECK(heard.rfind("sandbox/slow takes its time", 0) == 0);
  CHECK(c.ok("get_task", {{"task_id", id}})["text"].get<std::string>().rfind(heard, 0) == 0);
}

TEST_CASE("a model call that was stopped keeps what had come by then") {
  const tests::Folder home;
  Client c(sandboxed, {{"HOME", home.path()}});
  const std::string id = c.ok(
      "invoke", {{"target", "sandbox/slow"}, {"prompt", "hi"}, {"wait_seconds", 0}})["task_id"];
  for (int i = 0; i < 200; ++i) {
    const json now = c.ok("get_task", {{"task_id", id}, {"wait_seconds", 0}});
    if (!now["text"].get<std::string>().empty()) break;
    std::this_thread::sleep_for(20ms);
  }
  std::string status = "failed";
  std::string how = "interrupted: the program";
  SUBCASE("by killing its program") {
    c.program.signal(SIGKILL);
    CHECK(c.program.exited_within(3s) == 128 + SIGKILL);
  }
  SUBCASE("by the end of its program") {
    c.program.close_input();
    CHECK(c.program.exited_within(3s) == 0);
  }
  SUBCASE("by whoever cancelled it") {
    c.ok("cancel_task", {{"task_id", id}});
    status = how = "canceled";
    c.program.close_input();
    CHECK(c.program.exited_within(3s) == 0);
  }
  Client later(sandboxed, {{"HOME", home.path()}});
  const json task = later.ok("get_task", {{"task_id", id}});
  CHECK(task["status"] == status);
  const std::string text = task["text"];
  CHECK(text.rfind(how, 0) == 0);
  CHECK(text.find("\nWhat had arrived:\nsandbox/slow takes") != std::string::npos);
}

TEST_CASE("an agent's task outlives the program that began it, and is cancelled at the agent") {
  for (const bool cancelled : {false, true}) {
    CAPTURE(cancelled);
    std::atomic<bool> done{false};
    const tests::AgentRig agent([&](const std::string& method, const json&) -> json {
      if (method == "CancelTask") return tests::agents_task("TASK_STATE_CANCELED", "stopped");
      const json task = done ? tests::agents_task("TASK_STATE_COMPLETED", "a long poem")
                             : tests::agents_task("TASK_STATE_WORKING", "thinking");
      return method == "SendMessage" ? json{{"task", task}} : task;
    });
    const tests::Folder home;
    const std::filesystem::path folder = home.path() + "/.config/patchbay";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "config.json") << agent.config();
    json id;
    {
      Client c({}, {{"HOME", home.path()}});
      id =
          c.ok("invoke",
               {{"target", "agent:local/a"}, {"prompt", "a poem"}, {"wait_seconds", 0}})["task_id"];
      c.program.close_input();
      CHECK(c.program.exited_within(5s) == 0);
    }
    CHECK(agent.asked("CancelTask").empty());
    Client later({}, {{"HOME", home.path()}});
    if (cancelled) {
      CHECK(later.ok("cancel_task", {{"task_id", id}})["status"] == "canceled");
      CHECK(agent.asked("CancelTask").size() == 1);
    } else {
      done = true;
      const json task = later.ok("get_task", {{"task_id", id}});
      CHECK(task["status"] == "completed");
      CHECK(task["text"].get<std::string>().find("a long poem") != std::string::npos);
    }
    CHECK(agent.asked("SendMessage").size() == 1);
  }
}

TEST_CASE("a task is cancelled upstream, also by another process") {
  const tests::Folder home;
  tests::Upstream upstream(tests::gateway_replies());
  auto environment = tests::environment_for(upstream);
  environment["HOME"] = home.path();
  Client c({}, environment);
  const auto start = [&] {
    return c
        .ok("invoke", {{"target", "test/wait"}, {"prompt", "hi"}, {"wait_seconds", 0}})["task_id"]
        .get<std::string>();
  };
  const auto canceled = [&](Client& who, const std::string& id) {
    CHECK(who.ok("cancel_task", {{"task_id", id}})["status"] == "canceled");
    json task;
    for (int i = 0; i < 100; ++i) {
      task = c.ok("get_task", {{"task_id", id}, {"wait_seconds", 0}});
      if (task["status"] != "working") break;
      std::this_thread::sleep_for(50ms);
    }
    return task["status"];
  };
  CHECK(canceled(c, start()) == "canceled");
  Client other({}, environment);
  const std::string id = start();
  CHECK(canceled(other, id) == "canceled");
  CHECK(c.ok("cancel_task", {{"task_id", id}})["text"].get<std::string>().find("over already") !=
        std::string::npos);
}

TEST_CASE("an agent's question is answered in its task, once") {
  Client c(sandboxed, {});
  const json asked = c.ok("invoke", {{"target", "agent:sandbox-clerk"}, {"prompt", "A form."}});
  CHECK(asked["status"] == "input_required");
  const json id = asked["task_id"];
  CHECK(c.ok("get_task", {{"task_id", id}})["status"] == "input_required");
  const json answered = c.ok("invoke", {{"task_id", id}, {"prompt", "Ada Lovelace"}});
  CHECK(answered["status"] == "completed");
  CHECK(answered["text"].get<std::string>().find("Ada Lovelace") != std::string::npos);
  CHECK(c.ok("get_task", {{"task_id", id}})["status"] == "completed");
  const json again = c.call("invoke", {{"task_id", id}, {"prompt", "Again"}});
  CHECK(again["isError"] == true);
}

TEST_CASE("tasks that are not there, and arguments that do not go together") {
  Client c(sandboxed, {});
  for (const char* tool : {"get_task", "cancel_task"}) {
    const json missing = c.call(tool, {{"task_id", "0123456789abcdef0123456789abcdef"}});
    CHECK(missing["isError"] == true);
    CHECK(missing["content"][0]["text"].get<std::string>().rfind("not_found:", 0) == 0);
  }
  CHECK(c.call("invoke", {{"prompt", "hi"}})["isError"] == true);
  CHECK(c.call("invoke",
               {{"prompt", "hi"}, {"target", "sandbox/echo"}, {"task_id", "x"}})["isError"] ==
        true);
  CHECK(c.ok("get_task", json::object())["tasks"].empty());
}

TEST_CASE("a client with the tasks extension gets a protocol task of the same id") {
  Client c(sandboxed, {});
  const json meta = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                     {"io.modelcontextprotocol/clientCapabilities",
                      {{"extensions", {{"io.modelcontextprotocol/tasks", json::object()}}}}}};
  const auto ask = [&](const char* method, json params) {
    params["_meta"] = meta;
    c.program.send(
        json{{"jsonrpc", "2.0"}, {"id", ++c.id}, {"method", method}, {"params", params}}.dump());
    return c.program.reply(c.id)["result"];
  };
  const json first =
      ask("tools/call",
          {{"name", "invoke"},
           {"arguments", {{"target", "sandbox/slow"}, {"prompt", "hi"}, {"wait_seconds", 0}}}});
  CHECK(first["resultType"] == "task");
  json task;
  for (int i = 0; i < 100; ++i) {
    task = ask("tasks/get", {{"taskId", first["taskId"]}});
    if (task["status"] != "working") break;
    std::this_thread::sleep_for(100ms);
  }
  CHECK(task["status"] == "completed");
  CHECK(task["result"]["structuredContent"]["status"] == "completed");
  CHECK(c.ok("get_task", {{"task_id", first["taskId"]}})["status"] == "completed");
}

TEST_CASE("a shell can hand an agent a job and is told its question") {
  const tests::Folder home;
  const auto call = [&](const std::string& arguments) {
    Process program({"--sandbox", "call", "--json", "invoke", arguments}, {{"HOME", home.path()}});
    const auto line = program.line(20s);
    INFO(program.errors());
    REQUIRE(line.has_value());
    return json::parse(*line);
  };
  const json asked = call(R"({"target":"agent:sandbox-clerk","prompt":"A form."})");
  CHECK(asked["status"] == "input_required");
  CHECK(asked["task_id"].get<std::string>().size() == 32);
}
