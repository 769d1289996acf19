#include "catalog/agents/a2a_message.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "catalog/agents/task_progress.h"
#include "catalog/errors.h"
#include "tests/recording.h"

using namespace catalog;
using nlohmann::json;

namespace {

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

TEST_CASE("errors over HTTP are known by their reason, or stand bare") {
  struct Case {
    const char* body;
    int code;
  };
  const Case cases[] = {
      {R"({"error":{"code":404,"status":"NOT_FOUND","message":"said","details":[
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND"}]}})",
       -32001},
      {R"({"error":{"code":400,"message":"said","details":[{"reason":"VERSION_NOT_SUPPORTED"}]}})",
       -32009},
      {R"({"error":{"code":400,"message":"said","details":[7,{"reason":"SOMETHING_ELSE"}]}})", 400},
      {R"({"code":-32001,"message":"said"})", -32001},
      {R"({"jsonrpc":"2.0","error":{"code":-32002,"message":"said","data":[
        {"reason":"TASK_NOT_FOUND"}]}})",
       -32002},
  };
  for (const Case& one : cases) {
    CAPTURE(one.body);
    const RpcReply reply = decode_reply(one.body);
    REQUIRE(reply.error.has_value());
    CHECK(reply.error->code == one.code);
    CHECK(reply.error->message == "said");
  }
  CHECK_FALSE(decode_reply(R"({"code":200,"message":"fine"})").error.has_value());
}

TEST_CASE("listed tasks") {
  for (const char* name : {"v1-rpc-list", "v1-rest-list"}) {
    CAPTURE(name);
    const auto page =
        decode_task_page(tests::recording("a2a/recorded/" + std::string(name) + ".json").body);
    REQUIRE(page.has_value());
    REQUIRE_FALSE(page->tasks.empty());
    for (const A2aTask& task : page->tasks) CHECK_FALSE(task.id.empty());
    CHECK_FALSE(page->next_page_token.empty());
  }
  CHECK_FALSE(decode_task_page("<html>").has_value());
  CHECK_FALSE(decode_task_page(R"({"result":{"tasks":{}}})").has_value());
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

TEST_CASE("a task that is not over is working, under its own word") {
  Told out = told({R"({"task":{"id":"t","status":{"state":"working"},
                       "artifacts":[{"artifactId":"a","parts":[{"text":"half"}]}]}})"});
  CHECK(out.answer.status == Status::working);
  CHECK(out.answer.text == "half");
  CHECK(out.answer.finish_reason == "working");
  out = told({R"({"task":{"id":"t","status":{"state":"TASK_STATE_PAUSED"}}})"});
  CHECK(out.answer.status == Status::working);
  CHECK(out.answer.finish_reason == "TASK_STATE_PAUSED");
}

TEST_CASE("files are taken from wherever the agent put them") {
  const char* file = R"({"raw":"aGVsbG8h","filename":"a.txt"})";
  const std::string results[] = {
      R"({"task":{"id":"t","status":{"state":"completed"},"artifacts":[{"parts":[FILE]}]}})",
      R"({"task":{"id":"t","status":{"state":"completed","message":{"parts":[FILE]}}}})",
      R"({"task":{"id":"t","status":{"state":"completed"},"history":[
        {"role":"user","parts":[{"text":"q"}]},{"role":"agent","parts":[FILE]}]}})",
      R"({"message":{"role":"ROLE_AGENT","parts":[FILE]}})",
  };
  for (std::string result : results) {
    result.replace(result.find("FILE"), 4, file);
    CAPTURE(result);
    const Answer answer = told({result.c_str()}).answer;
    REQUIRE(answer.files.size() == 1);
    CHECK(answer.files[0].name == "a.txt");
    CHECK(answer.files[0].bytes == "hello!");
    CHECK(answer.text == "[file a.txt, 6 bytes]");
  }
}

TEST_CASE("what an agent writes cannot drive a terminal or hide its meaning") {
  const Answer answer = told({R"({"message":{"parts":[{"text":
    "a\u001b[2Jb\u202ec\u2066d\u0085e\tf\n\udb40\udc41g \u00e9\u4e16"}]}})"}).answer;
  CHECK(answer.text == "a[2Jbcde\tf\ng \u00e9\u4e16");
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
      {R"({"task":{"status":{"state":"working"}}})", Kind::truncated, ""},
      {R"({"task":{"status":{"state":"TASK_STATE_PAUSED"}}})", Kind::truncated, ""},
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
  CHECK(failure({R"({"task":{"status":{"state":"TASK_STATE_PAUSED"}}})"})
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
