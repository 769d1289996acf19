// What may go wrong with a sending to an agent and with its reply, row by row of the house's list
// of faults (I21 to I29).
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/catalog/exchanges.h"
#include "tests/catalog/scripted_agent.h"

using namespace catalog;
using namespace std::chrono_literals;
using tests::A2aCaller;
using tests::answering;
using tests::contains;
using tests::Methods;
using tests::ScriptedAgent;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;
using json = nlohmann::json;

namespace {

std::string task_result(const json& task) { return tests::result({{"task", task}}); }

// What a single reply is to the caller: its text, or the kind of its error.
std::string read_as(const std::string& reply) {
  const Upstream upstream = answering(200, "application/json", reply);
  A2aCaller caller(upstream);
  caller.prompt.patience.until = std::chrono::steady_clock::now() + 250ms;
  try {
    const Answer answer = caller.ask();
    return answer.status == Status::completed ? answer.text : answer.finish_reason;
  } catch (const UpstreamError& error) {
    return std::string(name(error.kind));
  }
}

// The agent takes the message and is gone before it says so.
struct Silent {
  explicit Silent(bool lists, const char* state = "TASK_STATE_COMPLETED") {
    const auto vanish = [this](Wire& wire) {
      sent = json::parse(agent.upstream.requests().back().body)["params"]["message"]["messageId"];
      wire.hang_up();
    };
    agent.on("SendMessage", vanish);
    agent.on("SendStreamingMessage", vanish);
    if (!lists) return;
    agent.on("ListTasks", [this, state](Wire& wire) {
      json mine = tests::task(state);
      json other = tests::task("TASK_STATE_WORKING");
      other["id"] = "t-other";
      other["history"] = {{{"messageId", "m-other"}, {"role", "ROLE_USER"}}};
      mine["history"] = {{{"messageId", sent}, {"role", "ROLE_USER"}}};
      wire.reply(200, "application/json",
                 tests::result({{"tasks", {other, mine}}, {"nextPageToken", ""}}));
    });
    agent.on("GetTask", tests::result(tests::task(state, "made all the same")));
  }
  ScriptedAgent agent;
  std::string sent;
};

TEST_CASE(
    "I21: a sending of which nothing was heard is looked for among the tasks, never repeated") {
  for (const bool streaming : {false, true}) {
    CAPTURE(streaming);
    Silent silent(true);
    A2aCaller caller(silent.agent.upstream);
    caller.call.streaming = streaming;
    caller.prompt.context_id = "c-1";
    const Answer answer = caller.ask();
    CHECK(answer.text == "made all the same");
    CHECK(answer.task_id == "t-1");
    const char* send = streaming ? "SendStreamingMessage" : "SendMessage";
    CHECK(silent.agent.asked() == Methods{send, "ListTasks", "GetTask"});
    CHECK(json::parse(silent.agent.upstream.requests()[1].body)["params"]["contextId"] == "c-1");
  }
}

}  // namespace

TEST_CASE("I21: where no task holds the message its fate is unknown, and said to be") {
  Silent silent(false);
  A2aCaller caller(silent.agent.upstream);
  const UpstreamError error = caller.fail();
  CHECK((error.kind == Kind::truncated || error.kind == Kind::unavailable));
  CHECK(error.billed == Billed::unknown);
  CHECK(silent.agent.asked() == Methods{"SendMessage", "ListTasks"});

  ScriptedAgent others;  // it lists tasks, but none of them is ours
  others.on("SendMessage", [](Wire& wire) { wire.hang_up(); });
  others.on("ListTasks", tests::result({{"tasks", {tests::task("TASK_STATE_COMPLETED", "x")}}}));
  A2aCaller again(others.upstream);
  CHECK_THROWS_AS(again.ask(), UpstreamError);
  CHECK(others.asked() == Methods{"SendMessage", "ListTasks"});

  ScriptedAgent old;  // 0.3 cannot list
  old.on("message/send", [](Wire& wire) { wire.hang_up(); });
  A2aCaller older(old.upstream);
  older.call.version = A2aVersion::v0_3;
  CHECK_THROWS_AS(older.ask(), UpstreamError);
  CHECK(old.asked() == Methods{"message/send"});
}

TEST_CASE("I23: a message in place of a task, both, or neither") {
  const json message = {
      {"messageId", "m"}, {"role", "ROLE_AGENT"}, {"parts", {{{"text", "said"}}}}};
  const json task = tests::task("TASK_STATE_COMPLETED", "made");
  CHECK(read_as(tests::result({{"message", message}})) == "said");
  CHECK(read_as(tests::result({{"task", task}})) == "made");
  CHECK(read_as(tests::result({{"task", task}, {"message", message}})) == "made");
  CHECK(read_as(tests::result(task)) == "made");
  CHECK(read_as(tests::result(message)) == "said");
  CHECK(read_as(tests::result(json::object())) == "malformed");
  CHECK(read_as(tests::result({{"task", nullptr}, {"message", nullptr}})) == "malformed");
  CHECK(read_as(tests::result("done")) == "malformed");
  CHECK(read_as(R"({"jsonrpc":"2.0","id":1})") == "malformed");
}

TEST_CASE("I25: the nine errors of A2A have their names over both bindings") {
  struct Case {
    int code;
    const char* reason;
    int status;
    Kind kind;
  };
  const Case cases[] = {
      {-32001, "TASK_NOT_FOUND", 404, Kind::not_found},
      {-32002, "TASK_NOT_CANCELABLE", 400, Kind::unsupported},
      {-32003, "PUSH_NOTIFICATION_NOT_SUPPORTED", 400, Kind::unsupported},
      {-32004, "UNSUPPORTED_OPERATION", 400, Kind::unsupported},
      {-32005, "CONTENT_TYPE_NOT_SUPPORTED", 400, Kind::unsupported},
      {-32006, "INVALID_AGENT_RESPONSE", 500, Kind::malformed},
      {-32007, "EXTENDED_AGENT_CARD_NOT_CONFIGURED", 400, Kind::unsupported},
      {-32008, "EXTENSION_SUPPORT_REQUIRED", 400, Kind::unsupported},
      {-32009, "VERSION_NOT_SUPPORTED", 400, Kind::unsupported},
  };
  for (const Case& one : cases) {
    CAPTURE(std::string(one.reason));
    const json over_http = {
        {"error",
         {{"code", one.status}, {"message", "said"}, {"details", {{{"reason", one.reason}}}}}}};
    const Upstream http = answering(one.status, "application/json", over_http.dump());
    A2aCaller plain(http);
    plain.call.interface.protocol_binding = "HTTP+JSON";
    CHECK(plain.fail().kind == one.kind);
    const Upstream rpc = answering(200, "application/json", tests::error(one.code));
    A2aCaller caller(rpc);
    CHECK(caller.fail().kind == one.kind);
  }
}

TEST_CASE("I27: no agent is ever told to call us back") {
  for (const char* binding : {"JSONRPC", "HTTP+JSON"}) {
    for (const A2aVersion version : {A2aVersion::v1_0, A2aVersion::v0_3}) {
      const Upstream upstream = answering(200, "application/json", tests::done);
      A2aCaller caller(upstream);
      caller.call.interface.protocol_binding = binding;
      caller.call.version = version;
      caller.ask();
      for (const UpstreamRequest& request : upstream.requests()) {
        CHECK_FALSE(contains(request.body, "ush"));
        CHECK_FALSE(contains(request.target, "ush"));
      }
    }
  }
}

TEST_CASE("I29: the time of a status may be anything") {
  const json stamps[] = {"2026-11-20T02:01:56.151Z",
                         "2026-11-20T02:01:56Z",
                         "9999-12-31T23:59:59Z",
                         "yesterday",
                         "",
                         0,
                         -1,
                         json::object(),
                         nullptr};
  for (const json& stamp : stamps) {
    CAPTURE(stamp.dump());
    json task = tests::task("TASK_STATE_COMPLETED", "made");
    task["status"]["timestamp"] = stamp;
    CHECK(read_as(task_result(task)) == "made");
  }
}
