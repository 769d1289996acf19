#include "catalog/agents/a2a_message.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "catalog/agents/task_progress.h"
#include "catalog/errors.h"
#include "tests/recording.h"

using namespace catalog;
using nlohmann::json;

namespace {

OutgoingMessage outgoing() {
  OutgoingMessage message;
  message.text = "hi \xff";
  message.message_id = "m-1";
  return message;
}

// What a listener printed, and what the answer is, after these results.
struct Told {
  std::string printed;
  std::vector<std::string> heard;
  Answer answer;
};

Told told(const std::vector<const char*>& results) {
  Told out;
  const Listener listener{[&out](std::string_view text) { out.printed += text; },
                          [&out](std::string_view what) { out.heard.emplace_back(what); }};
  TaskProgress progress(listener);
  for (const char* result : results) progress.take(decode_event(json::parse(result)));
  out.answer = progress.answer("agent:local/a");
  return out;
}

UpstreamError failure(const std::vector<const char*>& results) {
  try {
    told(results);
  } catch (const UpstreamError& error) {
    return error;
  }
  FAIL("no error");
  return UpstreamError(Kind::internal, "");
}

}  // namespace

TEST_CASE("states in every spelling") {
  struct Case {
    const char* spelled;
    TaskState state;
  };
  const Case cases[] = {
      {"TASK_STATE_SUBMITTED", TaskState::submitted},
      {"submitted", TaskState::submitted},
      {"TASK_STATE_INPUT_REQUIRED", TaskState::input_required},
      {"input-required", TaskState::input_required},
      {"input_required", TaskState::input_required},
      {"TASK_STATE_CANCELLED", TaskState::canceled},
      {"cancelled", TaskState::canceled},
      {"canceled", TaskState::canceled},
      {"Completed", TaskState::completed},
      {"auth-required", TaskState::auth_required},
      {"TASK_STATE_PAUSED", TaskState::unknown},
      {"TASK_STATE_UNSPECIFIED", TaskState::unknown},
      {"", TaskState::unknown},
  };
  for (const Case& one : cases) {
    CAPTURE(one.spelled);
    CHECK(task_state(one.spelled) == one.state);
  }
}

TEST_CASE("each version is written in exactly its own dialect") {
  const json v1 = json::parse(send_body(A2aVersion::v1_0, false, outgoing()));
  CHECK(v1 == json::parse(R"({"jsonrpc":"2.0","id":"m-1","method":"SendMessage","params":{
    "message":{"messageId":"m-1","role":"ROLE_USER","parts":[{"text":"hi �"}]}}})"));
  const json v03 = json::parse(send_body(A2aVersion::v0_3, false, outgoing()));
  CHECK(v03 == json::parse(R"({"jsonrpc":"2.0","id":"m-1","method":"message/send","params":{
    "message":{"kind":"message","messageId":"m-1","role":"user",
               "parts":[{"kind":"text","text":"hi �"}]},
    "configuration":{"blocking":true}}})"));

  OutgoingMessage more = outgoing();
  more.tenant = "t";
  more.task_id = "task";
  more.context_id = "context";
  const json stream = json::parse(send_body(A2aVersion::v1_0, true, more));
  CHECK(stream["method"] == "SendStreamingMessage");
  CHECK(stream["params"]["tenant"] == "t");
  CHECK(stream["params"]["message"]["taskId"] == "task");
  const json old = json::parse(send_body(A2aVersion::v0_3, true, more));
  CHECK(old["method"] == "message/stream");
  CHECK_FALSE(old["params"].contains("tenant"));
  CHECK_FALSE(old["params"].contains("configuration"));
  CHECK(old["params"]["message"]["contextId"] == "context");
}

TEST_CASE("what we write is what the recorded agents were sent") {
  const json recorded =
      json::parse(tests::recording("a2a/recorded/v1-rpc-stream.json").request_body);
  OutgoingMessage message = outgoing();
  message.text = "stream 3";
  message.message_id = recorded["params"]["message"]["messageId"];
  const json ours = json::parse(send_body(A2aVersion::v1_0, true, message));
  CHECK(ours["params"] == recorded["params"]);
  CHECK(ours["method"] == recorded["method"]);
}

TEST_CASE("message ids are version 4 UUIDs, each one new") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string id = random_uuid();
    CHECK(id.size() == 36);
    CHECK(id[14] == '4');
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
    seen.insert(id);
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("results in every dialect are read by what is in them") {
  struct Case {
    const char* result;
    std::size_t index;  // of the variant
  };
  const Case cases[] = {
      {R"({"task":{"id":"t","status":{"state":"TASK_STATE_WORKING"}}})", 1},
      {R"({"kind":"task","id":"t","status":{"state":"working"}})", 1},
      {R"({"id":"t","status":{"state":"working"},"artifacts":[]})", 1},
      {R"({"message":{"role":"ROLE_AGENT","parts":[{"text":"x"}]},"task":{"id":"t"}})", 1},
      {R"({"message":{"role":"ROLE_AGENT","parts":[{"text":"x"}]}})", 2},
      {R"({"kind":"message","role":"agent","parts":[]})", 2},
      {R"({"messageId":"m","role":"ROLE_AGENT","content":[{"text":"x"}]})", 2},
      {R"({"statusUpdate":{"taskId":"t","status":{"state":"TASK_STATE_WORKING"}}})", 3},
      {R"({"status_update":{"task_id":"t","status":{"state":"working"}}})", 3},
      {R"({"kind":"status-update","taskId":"t","final":true,"status":{"state":"completed"}})", 3},
      {R"({"taskId":"t","status":{"state":"working"}})", 3},
      {R"({"artifactUpdate":{"artifact":{"artifactId":"a","parts":[]}}})", 4},
      {R"({"kind":"artifact-update","artifact":{"artifactId":"a","parts":[]}})", 4},
      {R"({})", 0},
      {R"([])", 0},
      {R"("x")", 0},
      {R"({"task":7,"message":"no"})", 0},
  };
  for (const Case& one : cases) {
    CAPTURE(one.result);
    CHECK(decode_event(json::parse(one.result)).index() == one.index);
  }
}

TEST_CASE("odd replies are told apart from readable ones") {
  CHECK_FALSE(decode_reply("<html>").readable);
  CHECK_FALSE(decode_reply("7").readable);
  CHECK_FALSE(decode_reply("{}").readable);
  CHECK(decode_reply(R"({"jsonrpc":"2.0","id":99,"result":{"task":{"id":"t"}}})").readable);
  CHECK(decode_reply(R"({"task":{"id":"t"}})").readable);  // the REST binding has no envelope
  const RpcReply error =
      decode_reply(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32009,"message":"no"}})");
  REQUIRE(error.error.has_value());
  CHECK(error.error->code == -32009);
  CHECK(decode_reply(R"({"error":"down"})").error->message == "down");
  CHECK(decode_reply(R"({"error":{"code":1e300}})").error->code == 0);
}

TEST_CASE("where the answer stands") {
  struct Case {
    const char* name;
    std::vector<const char*> results;
    const char* text;
    const char* printed;
  };
  const char* history =
      R"({"task":{"id":"t","status":{"state":"completed"},"history":[
        {"role":"agent","parts":[{"text":"old"}]},{"role":"user","parts":[{"text":"q"}]},
        {"role":"agent","parts":[{"text":"thinking"}]},{"role":"agent","parts":[{"text":"it is 4"}]}]}})";
  const Case cases[] = {
      {"artifacts first",
       {R"({"task":{"id":"t","status":{"state":"completed","message":{"parts":[{"text":"bye"}]}},
            "artifacts":[{"artifactId":"a","parts":[{"text":"made"}]}]}})"},
       "made",
       "made"},
      {"then the last status message",
       {R"({"task":{"id":"t","status":{"state":"completed","message":{"parts":[{"text":"bye"}]}}}})"},
       "bye",
       "bye"},
      {"then what the agent said after the last question",
       {history},
       "thinking\nit is 4",
       "thinking\nit is 4"},
      {"then what it said on the way, piece by piece",
       {R"({"kind":"status-update","status":{"state":"working","message":{"parts":[{"text":"it "}]}}})",
        R"({"kind":"status-update","status":{"state":"working","message":{"parts":[{"text":"is 4"}]}}})",
        R"({"kind":"status-update","status":{"state":"completed"},"final":true})"},
       "it is 4",
       "it is 4"},
      {"then the state",
       {R"({"task":{"id":"t","status":{"state":"TASK_STATE_COMPLETED"}}})"},
       "completed",
       "completed"},
      {"a plain message",
       {R"({"message":{"role":"ROLE_AGENT","parts":[{"text":"hello"}]}})"},
       "hello",
       "hello"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const Told out = told(one.results);
    CHECK(out.answer.status == Status::completed);
    CHECK(out.answer.text == one.text);
    CHECK(out.printed == one.printed);
  }
}

TEST_CASE("a question stands behind what was made so far") {
  const Told out = told({R"({"task":{"id":"t","contextId":"c","status":{"state":"working"},
                             "artifacts":[{"artifactId":"a","parts":[{"text":"draft"}]}]}})",
                         R"({"statusUpdate":{"status":{"state":"TASK_STATE_INPUT_REQUIRED",
                             "message":{"parts":[{"text":"Go on?"}]}}}})"});
  CHECK(out.answer.status == Status::input_required);
  CHECK(out.answer.text == "draft\n\nGo on?");
  CHECK(out.answer.task_id == "t");
  CHECK(out.answer.context_id == "c");
  CHECK(out.answer.finish_reason == "input-required");
}

TEST_CASE("the first terminal state stands, and ids that change do not matter") {
  const Told out =
      told({R"({"task":{"id":"t1","status":{"state":"submitted"}}})",
            R"({"statusUpdate":{"taskId":"t2","status":{"state":"completed"}}})",
            R"({"statusUpdate":{"taskId":"t2","status":{"state":"failed"}}})",
            R"({"artifactUpdate":{"artifact":{"artifactId":"a","parts":[{"text":"late"}]}}})"});
  CHECK(out.answer.text == "late");
  CHECK(out.answer.task_id == "t1");
  CHECK(out.heard == std::vector<std::string>{"submitted"});
}

TEST_CASE("ends that are no answers") {
  struct Case {
    const char* result;
    Kind kind;
    const char* message;
  };
  const Case cases[] = {
      {R"({"task":{"id":"t","status":{"state":"failed","message":{"parts":[{"text":"oh no"}]}}}})",
       Kind::agent_failed, "oh no"},
      {R"({"task":{"id":"t","status":{"state":"TASK_STATE_CANCELED"}}})", Kind::agent_failed, ""},
      {R"({"task":{"id":"t","status":{"state":"rejected","message":{"parts":[{"text":"not me"}]}}}})",
       Kind::agent_rejected, "not me"},
      {R"({"task":{"id":"t","status":{"state":"working"}}})", Kind::truncated, ""},
      {R"({"task":{"id":"t","status":{"state":"TASK_STATE_PAUSED"}}})", Kind::truncated, ""},
      {R"({"kind":"status-update","final":true,"status":{"state":"working"}})", Kind::truncated,
       ""},
      {R"({"message":{"role":"ROLE_AGENT","parts":[]}})", Kind::empty, ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.result);
    const UpstreamError error = failure({one.result});
    CHECK(error.kind == one.kind);
    CHECK(error.provider_message == one.message);
    CHECK(error.what_happened.find("agent:local/a") != std::string::npos);
  }
  CHECK(failure({R"({"task":{"id":"t","status":{"state":"TASK_STATE_PAUSED"}}})"})
            .what_happened.find("TASK_STATE_PAUSED") != std::string::npos);
}

TEST_CASE("replies cut anywhere, or with a byte changed, are read without harm") {
  for (const char* name : {"v1-rpc-send-files", "r03-rpc-send-files", "v1-rpc-send-ask"}) {
    const std::string body = tests::recording("a2a/recorded/" + std::string(name) + ".json").body;
    for (std::size_t at = 0; at < body.size(); ++at) {
      CHECK_FALSE(decode_reply(std::string_view(body).substr(0, at)).readable);
      std::string changed = body;
      changed[at] = static_cast<char>("{}[]\",:0\xff"[at % 9]);
      const RpcReply reply = decode_reply(changed);
      const Listener nobody;
      TaskProgress progress(nobody);
      progress.take(reply.event);
    }
  }
}
