// Every recorded reply of a real agent, replayed over a socket: what each of them is to us.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "catalog/agents/a2a_reply.h"
#include "tests/build.h"
#include "tests/catalog/a2a_rig.h"
#include "tests/catalog/exchanges.h"

using namespace catalog;
using tests::Upstream;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

const std::string recorded_folder =
    std::string(tests::build::tests_folder) + "/golden/a2a/recorded";

struct Seen {
  std::string what;  // a state, "message", or the kind of an error
  std::string text;  // of the answer so far, of the question, or what the agent said of the error
};

Seen seen(const std::string& name) {
  const auto recorded = tests::recording("a2a/recorded/" + name + ".json");
  const Upstream upstream(
      [&recorded](const UpstreamRequest&, Wire& wire) { tests::replay(recorded, wire); });
  const Listener nobody;
  TaskProgress progress(nobody);
  A2aReply reply("agent:local/a", progress, nobody);
  Exchange exchange = tests::post(upstream.url() + "/rpc", "{}");
  Transfers transfers;
  try {
    perform_into(reply, exchange, {}, transfers, {});
    reply.check({});
    if (!progress.settled()) return {std::string(catalog::name(progress.state())), ""};
    const Answer answer = progress.answer("agent:local/a");
    return {answer.finish_reason, answer.text};
  } catch (const UpstreamError& error) {
    if (is_terminal(progress.state())) {
      return {std::string(catalog::name(progress.state())), error.provider_message};
    }
    return {std::string(catalog::name(error.kind)), error.provider_message};
  }
}

struct Case {
  const char* name;
  const char* what;
  const char* text;  // how it begins
};

const Case cases[] = {
    {"adk-rest-send", "completed", "adk echo: hi"},
    {"adk-rpc-send", "completed", "adk echo: hi"},
    {"adk-rpc-stream", "completed", "chunk 3; "},
    {"adk-rpc-throw", "failed", "Agent run failed: adk exploded"},
    {"auth-rest-nokey-401", "unauthorized", "unauthorized"},
    {"auth-rpc-nokey-401", "unauthorized", "unauthorized"},
    {"c03-rest-cancel", "canceled", "stopped"},
    {"c03-rest-card", "unsupported", "Agent does not support authenticated ext"},
    {"c03-rest-get-notfound", "not_found", "Task not found: nope"},
    {"c03-rest-send-kind", "invalid_arguments", "Invalid role: -1"},
    {"c03-rest-send-proto", "completed", "echo: echo hi"},
    {"c03-rest-stream-kind", "invalid_arguments", "Invalid role: -1"},
    {"c03-rest-stream-proto", "completed", "chunk 1/2; chunk 2/2; "},
    {"c03-rest-subscribe-get", "working", ""},
    {"c03-rpc-bad-json", "malformed", "Invalid JSON payload."},
    {"c03-rpc-cancel", "canceled", "stopped"},
    {"c03-rpc-cancel-terminal", "unsupported", "Task not cancelable: "},
    {"c03-rpc-get-history0", "completed", "echo: echo hi"},
    {"c03-rpc-get-notfound", "not_found", "Task not found: nope"},
    {"c03-rpc-get-working", "working", ""},
    {"c03-rpc-list-unsupported", "unsupported", "Method not found: tasks/list"},
    {"c03-rpc-no-messageid", "invalid_arguments", "message.messageId is required"},
    {"c03-rpc-part-without-kind", "invalid_arguments", "Invalid v0.3 part kind: undefined"},
    {"c03-rpc-resubscribe", "completed", "slow result"},
    {"c03-rpc-resubscribe-terminal", "unsupported", "Task "},
    {"c03-rpc-send-ask-answer", "completed", "you answered: Paris"},
    {"c03-rpc-send-auth", "auth-required", "Please authorise at https://auth.example"},
    {"c03-rpc-send-direct", "message", "direct: hello"},
    {"c03-rpc-send-echo", "completed", "echo: echo hi"},
    {"c03-rpc-send-files", "completed", "see files\n[file a.png (image/png), 10 by"},
    {"c03-rpc-send-noconfig", "completed", "slow result"},
    {"c03-rpc-send-slow-nonblocking", "submitted", ""},
    {"c03-rpc-send-to-terminal", "unsupported", "Task "},
    {"c03-rpc-stream", "completed", "chunk 1/3; chunk 2/3; chunk 3/3; "},
    {"c03-rpc-stream-ask", "input-required", "Which city?"},
    {"c03-rpc-stream-cut", "working", ""},
    {"c03-rpc-stream-throw", "failed", "Agent execution error: executor exploded"},
    {"c03-rpc-v1-method-nohdr", "unsupported", "Method not found: SendMessage"},
    {"push-v03-send", "submitted", ""},
    {"push-v1-send", "submitted", ""},
    {"r025-rpc-bad-json", "invalid_arguments", ""},
    {"r025-rpc-cancel-terminal", "unsupported", "Task not cancelable: "},
    {"r025-rpc-extended", "unsupported", "Method not found: agent/getAuthenticated"},
    {"r025-rpc-get-history0", "completed", "echo: echo hi"},
    {"r025-rpc-get-notfound", "not_found", "Task not found: nope"},
    {"r025-rpc-hdr10-old-method", "completed", "echo: echo h"},
    {"r025-rpc-list-unsupported", "unsupported", "Method not found: tasks/list"},
    {"r025-rpc-no-messageid", "invalid_arguments", "message.messageId is required."},
    {"r025-rpc-resubscribe", "completed", "slow result"},
    {"r025-rpc-resubscribe-notfound", "not_found", "Task not found: nope"},
    {"r025-rpc-resubscribe-terminal", "completed", "echo: echo hi"},
    {"r025-rpc-send-ask", "input-required", "Which city?"},
    {"r025-rpc-send-auth", "auth-required", "log in"},
    {"r025-rpc-send-direct", "message", "direct: hello"},
    {"r025-rpc-send-fail", "failed", "could not do it"},
    {"r025-rpc-send-files", "completed", "see files\n[file a.png (image/png), 8 byt"},
    {"r025-rpc-send-noconfig", "completed", "slow result"},
    {"r025-rpc-send-throw", "failed", "Agent execution error: executor exploded"},
    {"r025-rpc-send-to-terminal", "invalid_arguments", "Task "},
    {"r025-rpc-stream", "completed", "chunk 1/3; chunk 2/3; chunk 3/3; "},
    {"r025-rpc-stream-ask", "input-required", "Which city?"},
    {"r025-rpc-stream-direct", "message", "direct: s"},
    {"r025-rpc-stream-throw", "failed", "Agent execution error: executor exploded"},
    {"r025-rpc-v1-method", "unsupported", "Method not found: SendMessage"},
    {"r03-rest-cancel", "canceled", "stopped"},
    {"r03-rest-card", "unsupported", "Unsupported operation: Agent does not su"},
    {"r03-rest-get-notfound", "not_found", "Task not found: nope"},
    {"r03-rest-send-kind", "invalid_arguments", "Invalid role: -1"},
    {"r03-rest-send-proto", "completed", "echo: echo hi"},
    {"r03-rest-stream-kind", "invalid_arguments", "Invalid role: -1"},
    {"r03-rest-stream-proto", "completed", "chunk 1/2; chunk 2/2; "},
    {"r03-rest-subscribe-get", "working", ""},
    {"r03-rpc-bad-json", "malformed", "Invalid JSON payload."},
    {"r03-rpc-cancel", "canceled", "stopped"},
    {"r03-rpc-cancel-terminal", "unsupported", "Task not cancelable: "},
    {"r03-rpc-get-history0", "completed", "echo: echo hi"},
    {"r03-rpc-get-notfound", "not_found", "Task not found: nope"},
    {"r03-rpc-get-working", "working", ""},
    {"r03-rpc-list-unsupported", "unsupported", "Method not found: tasks/list"},
    {"r03-rpc-no-messageid", "invalid_arguments", "message.messageId is required."},
    {"r03-rpc-part-without-kind", "completed", "echo: [undefined]"},
    {"r03-rpc-resubscribe", "completed", "slow result"},
    {"r03-rpc-resubscribe-terminal", "completed", "echo: echo hi"},
    {"r03-rpc-send-ask-answer", "completed", "you answered: Paris"},
    {"r03-rpc-send-auth", "auth-required", "log in"},
    {"r03-rpc-send-direct", "message", "direct: hello"},
    {"r03-rpc-send-echo", "completed", "echo: echo hi"},
    {"r03-rpc-send-files", "completed", "see files\n[file a.png (image/png), 8 byt"},
    {"r03-rpc-send-noconfig", "completed", "slow result"},
    {"r03-rpc-send-slow-nonblocking", "working", ""},
    {"r03-rpc-send-to-terminal", "invalid_arguments", "Task "},
    {"r03-rpc-stream", "completed", "chunk 1/3; chunk 2/3; chunk 3/3; "},
    {"r03-rpc-stream-ask", "input-required", "Which city?"},
    {"r03-rpc-stream-cut", "working", ""},
    {"r03-rpc-stream-throw", "failed", "Agent execution error: executor exploded"},
    {"r03-rpc-v1-method-nohdr", "unsupported", "Method not found: SendMessage"},
    {"v1-rest-cancel", "canceled", "stopped"},
    {"v1-rest-cancel-terminal", "unsupported", "Task not cancelable: "},
    {"v1-rest-get-notfound", "not_found", "Task not found: nope"},
    {"v1-rest-list-badsize", "invalid_arguments", "pageSize must be between 1 and 100"},
    {"v1-rest-missing-parts", "completed", "echo: "},
    {"v1-rest-send-direct", "message", "direct: hi"},
    {"v1-rest-send-json-ct", "completed", "echo: echo hi"},
    {"v1-rest-send-slow", "submitted", ""},
    {"v1-rest-stream", "completed", "chunk 1/2; chunk 2/2; "},
    {"v1-rest-stream-throw", "failed", "Agent execution error: executor exploded"},
    {"v1-rest-subscribe-get", "working", ""},
    {"v1-rest-subscribe-terminal", "unsupported", "Task "},
    {"v1-rest-unknown-path", "not_found", ""},
    {"v1-rest-v1prefix", "completed", "echo: echo hi"},
    {"v1-rpc-bad-json", "malformed", "Invalid JSON payload."},
    {"v1-rpc-cancel", "canceled", "stopped"},
    {"v1-rpc-cancel-terminal", "unsupported", "Task not cancelable: "},
    {"v1-rpc-get-after-cut", "working", ""},
    {"v1-rpc-get-canceled", "canceled", "stopped"},
    {"v1-rpc-get-history0", "completed", "echo: echo hi"},
    {"v1-rpc-get-working", "working", ""},
    {"v1-rpc-missing-parts", "completed", "echo: "},
    {"v1-rpc-noversion-header", "unsupported", "The requested A2A protocol version '0.3'"},
    {"v1-rpc-old-method", "unsupported", "Invalid method."},
    {"v1-rpc-send-ask", "input-required", "Which city?"},
    {"v1-rpc-send-ask-answer", "completed", "you answered: Paris"},
    {"v1-rpc-send-auth", "auth-required", "Please authorise at https://auth.example"},
    {"v1-rpc-send-context-mismatch", "unsupported", "Task "},
    {"v1-rpc-send-direct", "message", "direct: hello"},
    {"v1-rpc-send-echo", "completed", "echo: echo hi"},
    {"v1-rpc-send-files", "completed", "see files\n[file a.png (image/png), 10 by"},
    {"v1-rpc-send-reject", "rejected", "not my job"},
    {"v1-rpc-send-slow-immediate", "submitted", ""},
    {"v1-rpc-send-task-notfound", "not_found", "Task not found: nope"},
    {"v1-rpc-send-throw", "failed", "Agent execution error: executor exploded"},
    {"v1-rpc-send-to-terminal", "unsupported", "Task "},
    {"v1-rpc-stream", "completed", "chunk 1/3; chunk 2/3; chunk 3/3; "},
    {"v1-rpc-stream-cut", "working", ""},
    {"v1-rpc-stream-direct", "message", "direct: s"},
    {"v1-rpc-stream-fail", "failed", "could not do it"},
    {"v1-rpc-subscribe-after-cut", "completed", "slow result"},
    {"v1-rpc-subscribe-terminal", "unsupported", "Task "},
    {"v1-rpc-unknown-method", "unsupported", "Invalid method."},
    {"v1-rpc-version-03-on-v1", "unsupported", "The requested A2A protocol version '0.3'"},
    {"v1-rpc-version-9", "unsupported", "The requested A2A protocol version '9.9'"},
};

}  // namespace

TEST_CASE("recorded replies of real agents are read as what they are") {
  std::set<std::string> read;
  for (const Case& one : cases) {
    CAPTURE(std::string(one.name));
    const Seen is = seen(one.name);
    CHECK(is.what == one.what);
    CHECK(is.text.substr(0, std::string_view(one.text).size()) == one.text);
    read.insert(one.name);
  }
  // What is no reply to a call: cards, lists, push configurations.
  for (const char* name : {"-card", "-list", "-list-context", "-extended", "-push-"}) {
    for (const auto& entry : std::filesystem::directory_iterator(recorded_folder)) {
      const std::string stem = entry.path().stem();
      if (stem.find(name) != std::string::npos) read.insert(stem);
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(recorded_folder)) {
    CHECK_MESSAGE(read.count(entry.path().stem()) == 1, entry.path().stem().string());
  }
}
