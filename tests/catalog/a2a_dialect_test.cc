#include "catalog/agents/a2a_dialect.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "catalog/errors.h"
#include "tests/recording.h"

using namespace catalog;
using nlohmann::json;

namespace {

constexpr A2aVersion v1_0 = A2aVersion::v1_0;
constexpr A2aVersion v0_3 = A2aVersion::v0_3;

Exchange write(const char* binding, A2aVersion version, const A2aRequest& request,
               const std::string& tenant = {}) {
  const Dialect* dialect = find_dialect(binding, version);
  REQUIRE(dialect != nullptr);
  return written(*dialect, {"https://a.example/a2a/", binding, "", tenant}, request);
}

json parameters(const Exchange& exchange) { return json::parse(exchange.body).at("params"); }

bool has_header(const Exchange& exchange, std::string_view header) {
  return std::find(exchange.headers.begin(), exchange.headers.end(), header) !=
         exchange.headers.end();
}

A2aRequest saying(std::string text, Operation operation = Operation::send) {
  A2aRequest request;
  request.operation = operation;
  request.text = std::move(text);
  request.message_id = "m-1";
  return request;
}

A2aRequest about(std::string task, Operation operation) {
  A2aRequest request;
  request.operation = operation;
  request.task_id = std::move(task);
  return request;
}

}  // namespace

TEST_CASE("each dialect is written in exactly its own way") {
  CHECK(parameters(write("JSONRPC", v1_0, saying("hi \xff"))) == json::parse(R"({
    "message":{"messageId":"m-1","role":"ROLE_USER","parts":[{"text":"hi �"}]},
    "configuration":{"returnImmediately":true}})"));
  CHECK(parameters(write("JSONRPC", v0_3, saying("hi"))) == json::parse(R"({
    "message":{"kind":"message","messageId":"m-1","role":"user",
               "parts":[{"kind":"text","text":"hi"}]},
    "configuration":{"blocking":false}})"));
  const Exchange http = write("HTTP+JSON", v1_0, saying("hi", Operation::stream));
  CHECK(json::parse(http.body) == json::parse(R"({
    "message":{"messageId":"m-1","role":"ROLE_USER","parts":[{"text":"hi"}]}})"));
  CHECK(has_header(http, "Content-Type: application/a2a+json"));
  CHECK(has_header(http, "A2A-Version: 1.0"));
  const Exchange old = write("HTTP+JSON", v0_3, saying("hi", Operation::stream));
  CHECK(json::parse(old.body) == json::parse(R"({
    "message":{"messageId":"m-1","role":"ROLE_USER","content":[{"text":"hi"}]}})"));
  CHECK(has_header(old, "Content-Type: application/json"));
  CHECK_FALSE(has_header(old, "A2A-Version: 1.0"));
  CHECK(find_dialect("GRPC", v1_0) == nullptr);
}

TEST_CASE("operations have their names and places") {
  struct Case {
    const char* binding;
    A2aVersion version;
    Operation operation;
    const char* method;  // of HTTP
    const char* place;   // path below the interface, or the JSON-RPC method
  };
  const Case cases[] = {
      {"JSONRPC", v1_0, Operation::stream, "POST", "SendStreamingMessage"},
      {"JSONRPC", v1_0, Operation::fetch, "POST", "GetTask"},
      {"JSONRPC", v1_0, Operation::list, "POST", "ListTasks"},
      {"JSONRPC", v1_0, Operation::cancel, "POST", "CancelTask"},
      {"JSONRPC", v1_0, Operation::subscribe, "POST", "SubscribeToTask"},
      {"JSONRPC", v1_0, Operation::extended_card, "POST", "GetExtendedAgentCard"},
      {"JSONRPC", v0_3, Operation::stream, "POST", "message/stream"},
      {"JSONRPC", v0_3, Operation::fetch, "POST", "tasks/get"},
      {"JSONRPC", v0_3, Operation::cancel, "POST", "tasks/cancel"},
      {"JSONRPC", v0_3, Operation::subscribe, "POST", "tasks/resubscribe"},
      {"HTTP+JSON", v1_0, Operation::send, "POST", "/message:send"},
      {"HTTP+JSON", v1_0, Operation::fetch, "GET", "/tasks/..%2Fx%3Fy%23z"},
      {"HTTP+JSON", v1_0, Operation::list, "GET", "/tasks?pageSize=50"},
      {"HTTP+JSON", v1_0, Operation::cancel, "POST", "/tasks/..%2Fx%3Fy%23z:cancel"},
      {"HTTP+JSON", v1_0, Operation::subscribe, "GET", "/tasks/..%2Fx%3Fy%23z:subscribe"},
      {"HTTP+JSON", v0_3, Operation::send, "POST", "/v1/message:send"},
      {"HTTP+JSON", v0_3, Operation::fetch, "GET", "/v1/tasks/..%2Fx%3Fy%23z"},
      {"HTTP+JSON", v0_3, Operation::extended_card, "GET", "/v1/card"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.place);
    A2aRequest request = about("../x?y#z", one.operation);
    const Exchange exchange = write(one.binding, one.version, request);
    CHECK(exchange.method == one.method);
    if (one.binding == std::string_view("JSONRPC")) {
      CHECK(json::parse(exchange.body).at("method") == one.place);
      CHECK(exchange.url == "https://a.example/a2a/");
    } else {
      CHECK(exchange.url == std::string("https://a.example/a2a") + one.place);
      CHECK(exchange.body.empty() == (exchange.method == "GET"));
    }
  }
  CHECK_FALSE(offers(*find_dialect("JSONRPC", v0_3), Operation::list));
  CHECK(parameters(write("JSONRPC", v1_0, about("t", Operation::fetch))) ==
        json::parse(R"({"id":"t"})"));
}

TEST_CASE("the prefix of 0.3 over HTTP is not written twice") {
  const AgentInterface interface { "https://a.example/v1", "HTTP+JSON", "0.3", "" };
  CHECK(written(*find_dialect("HTTP+JSON", v0_3), interface, saying("x")).url ==
        "https://a.example/v1/message:send");
}

TEST_CASE("a task cannot be named so that another place is asked") {
  for (const char* id : {".", ".."}) {
    CAPTURE(id);
    CHECK_THROWS_AS(write("HTTP+JSON", v1_0, about(id, Operation::fetch)), UpstreamError);
    CHECK_THROWS_AS(write("HTTP+JSON", v1_0, saying("x"), id), UpstreamError);
    CHECK_NOTHROW(write("JSONRPC", v1_0, about(id, Operation::fetch)));
  }
}

TEST_CASE("tasks, conversations and tenants") {
  A2aRequest more = saying("hi", Operation::stream);
  more.task_id = "task";
  more.context_id = "context";
  const json v1 = parameters(write("JSONRPC", v1_0, more, "team"));
  CHECK(v1["tenant"] == "team");
  CHECK(v1["message"]["taskId"] == "task");
  CHECK(v1["message"]["contextId"] == "context");
  CHECK_FALSE(v1.contains("configuration"));
  const json old = parameters(write("JSONRPC", v0_3, more, "team"));
  CHECK_FALSE(old.contains("tenant"));
  CHECK(old["message"]["contextId"] == "context");
  const Exchange http = write("HTTP+JSON", v1_0, more, "a/b");
  CHECK(http.url == "https://a.example/a2a/a%2Fb/message:stream");
  CHECK(json::parse(http.body)["tenant"] == "a/b");
}

TEST_CASE("files go out as each dialect writes them") {
  const std::vector<FilePart> files = {{"a.png", "image/png", "hello!", ""},
                                       {"", "application/pdf", "", "https://x.example/b.pdf"}};
  A2aRequest request = saying("see");
  request.files = &files;
  CHECK(parameters(write("JSONRPC", v1_0, request))["message"]["parts"] == json::parse(R"([
    {"text":"see"},{"raw":"aGVsbG8h","filename":"a.png","mediaType":"image/png"},
    {"url":"https://x.example/b.pdf","mediaType":"application/pdf"}])"));
  CHECK(parameters(write("JSONRPC", v0_3, request))["message"]["parts"] == json::parse(R"([
    {"kind":"text","text":"see"},
    {"kind":"file","file":{"bytes":"aGVsbG8h","name":"a.png","mimeType":"image/png"}},
    {"kind":"file","file":{"uri":"https://x.example/b.pdf","mimeType":"application/pdf"}}])"));
  request.text.clear();
  CHECK(json::parse(write("HTTP+JSON", v0_3, request).body)["message"]["content"] ==
        json::parse(R"([{"file":{"fileWithBytes":"aGVsbG8h","name":"a.png","mimeType":"image/png"}},
          {"file":{"fileWithUri":"https://x.example/b.pdf","mimeType":"application/pdf"}}])"));
}

TEST_CASE("what we write is what the recorded agents were sent") {
  const json recorded =
      json::parse(tests::recording("a2a/recorded/v1-rpc-stream.json").request_body);
  A2aRequest request = saying("stream 3", Operation::stream);
  request.message_id = recorded["params"]["message"]["messageId"];
  const json ours = json::parse(write("JSONRPC", v1_0, request).body);
  CHECK(ours["params"] == recorded["params"]);
  CHECK(ours["method"] == recorded["method"]);

  const json http = json::parse(tests::recording("a2a/recorded/v1-rest-stream.json").request_body);
  request.text = "stream 2";
  request.message_id = http["message"]["messageId"];
  CHECK(json::parse(write("HTTP+JSON", v1_0, request).body) == http);
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
