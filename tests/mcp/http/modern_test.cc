// The endpoint as clients of 2026-07-28 meet it.
#include <doctest/doctest.h>

#include "tests/mcp/http/rig.h"

using namespace tests;
using nlohmann::json;

TEST_CASE("modern: a request describes itself, is answered as JSON, and leaves nothing behind") {
  HttpRig rig;
  HttpClient client(rig.port());
  const HttpAnswer list = client.ask(
      rig.modern(1, "tools/list", json::object(), "Mcp-Session-Id: x\r\nLast-Event-ID: 7\r\n"));
  CHECK(list.status == 200);
  CHECK(list.headers.at("content-type") == "application/json");
  CHECK(list.headers.count("mcp-session-id") == 0);
  CHECK(list.headers.count("access-control-allow-origin") == 0);
  CHECK(list.json()["result"]["resultType"] == "complete");
  const HttpAnswer echo = client.ask(rig.call(2, "echo", {{"arguments", {{"a", 1}}}}));
  CHECK(echo.json()["id"] == 2);
  CHECK(echo.json()["result"]["content"][0]["text"] == ":{\"a\":1}");
}

TEST_CASE("modern: statuses, and no error that a client would take for the end of the server") {
  HttpRig rig;
  struct Case {
    std::string request;
    int status;
    int code;
  };
  const std::string meta = R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{}})";
  const std::string headers = "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/list\r\n";
  const Case cases[] = {
      {rig.post("not json"), 400, -32700},
      {rig.post("[]"), 400, -32600},
      {rig.post("{\"a\":1,\"a\":2}"), 400, -32600},
      {rig.post(ping_body), 400, -32600},
      {rig.post(ping_body, "MCP-Protocol-Version: 2026-07-28\r\n"), 400, -32602},
      {rig.post(initialize_body, "MCP-Protocol-Version: 2026-07-28\r\n"), 400, -32020},
      {rig.post(R"({"jsonrpc":"2.0","id":1,"result":{}})"), 400, -32600},
      {rig.post(R"({"jsonrpc":"2.0","id":null,"method":"tools/list","params":{)" + meta + "}}",
                headers),
       400, -32600},
      {rig.post(R"({"id":1,"method":"tools/list","params":{)" + meta + "}}", headers), 400, -32600},
      {rig.post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta + "}}"), 400,
       -32020},
      {rig.modern(1, "tools/list"), 200, 0},
      {rig.modern(1, "no/such"), 404, -32601},
      {rig.modern(1, "initialize"), 404, -32601},
      {rig.modern(1, "ping"), 404, -32601},
      {rig.call(1, "no_such_tool"), 200, -32602},
      {rig.call(1, "ask"), 400, -32021},
      {rig.modern(1, "tools/call", {{"name", "region"}, {"arguments", {{"where", "eu"}}}}), 400,
       -32020},
      {rig.modern(1, "tools/call", {{"name", "region"}, {"arguments", {{"where", "eu"}}}},
                  "mcp-param-region: eu\r\n"),
       200, 0},
  };
  for (const Case& each : cases) {
    CAPTURE(each.request);
    HttpClient client(rig.port());
    const HttpAnswer answer = client.ask(each.request);
    CHECK(answer.status == each.status);
    CHECK(answer.error_code() == each.code);
    CHECK(client.ask(rig.modern(9, "tools/list")).status == 200);
  }
}

TEST_CASE("modern: the answer becomes a stream when there is progress to tell, and only then") {
  HttpRig rig;
  HttpClient client(rig.port());
  const json token = {{"_meta", {{"progressToken", "t"}}}};
  client.send(rig.call(3, "count", token));
  const HttpAnswer head = client.head();
  CHECK(head.status == 200);
  CHECK(head.headers.at("content-type") == "text/event-stream");
  CHECK(head.headers.at("x-accel-buffering") == "no");
  for (int i = 1; i <= 3; ++i) {
    const json note = client.event();
    CHECK(note["method"] == "notifications/progress");
    CHECK(note["params"]["progress"] == i);
  }
  CHECK(client.event()["result"]["content"][0]["text"] == "counted");
  CHECK(client.event().is_null());
  CHECK(client.stream_ended());
  CHECK(client.ask(rig.call(4, "count")).headers.at("content-type") == "application/json");
}

TEST_CASE("modern: a client that takes one type gets that type") {
  HttpRig rig;
  const auto with_accept = [&](std::string request, const std::string& accept) {
    const std::string both = "Accept: application/json, text/event-stream\r\n";
    return request.replace(request.find(both), both.size(), accept);
  };
  const json token = {{"_meta", {{"progressToken", "t"}}}};
  HttpClient client(rig.port());
  const HttpAnswer only_json =
      client.ask(with_accept(rig.call(1, "count", token), "Accept: application/json\r\n"));
  CHECK(only_json.headers.at("content-type") == "application/json");
  CHECK(only_json.json()["result"]["content"][0]["text"] == "counted");
  client.send(with_accept(rig.modern(2, "tools/list"), "Accept: text/event-stream\r\n"));
  CHECK(client.head().headers.at("content-type") == "text/event-stream");
  CHECK(client.event()["id"] == 2);
  CHECK(client.event().is_null());
  for (const char* accept : {"Accept: */*\r\n", "Accept: text/html\r\n", ""}) {
    CHECK(client.ask(with_accept(rig.modern(3, "tools/list"), accept)).status == 200);
  }
}

TEST_CASE("modern: who hangs up has cancelled, before the first byte and in a stream") {
  HttpRig rig;
  HttpClient client(rig.port());
  SUBCASE("before") { client.send(rig.call(1, "wait")); }
  SUBCASE("half closed counts too") {
    client.send(rig.call(1, "wait"));
    REQUIRE(becomes([&] { return rig.seen.started == 1; }));
    client.half_close();
    CHECK(becomes([&] { return rig.seen.cancelled == 1; }, Milliseconds(500)));
    return;
  }
  REQUIRE(becomes([&] { return rig.seen.started == 1; }));
  const auto hung_up = std::chrono::steady_clock::now();
  client.hang_up();
  CHECK(becomes([&] { return rig.seen.cancelled == 1; }, Milliseconds(500)));
  CHECK(std::chrono::steady_clock::now() - hung_up < Milliseconds(200));
}

TEST_CASE("modern: a call that has become a task goes on, and so does its connection") {
  HttpRig rig;
  HttpClient client(rig.port());
  const json extensions = {{"extensions", {{"io.modelcontextprotocol/tasks", json::object()}}}};
  const json params = {{"_meta", {{"io.modelcontextprotocol/clientCapabilities", extensions}}}};
  const HttpAnswer first = client.ask(rig.call(1, "background", params));
  REQUIRE(first.json()["result"]["resultType"] == "task");
  CHECK(client.ask(rig.modern(2, "tools/list")).status == 200);
  client.hang_up();
  std::this_thread::sleep_for(Milliseconds(50));
  CHECK(rig.seen.cancelled == 0);
  rig.seen.release = true;
  CHECK(becomes([&] { return rig.seen.finished == 1; }));
}

TEST_CASE("modern: a subscription stays open until it ends, on either side") {
  HttpRig rig;
  HttpClient client(rig.port());
  client.send(
      rig.modern(7, "subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}));
  CHECK(client.head().headers.at("content-type") == "text/event-stream");
  const json acknowledged = client.event();
  CHECK(acknowledged["method"] == "notifications/subscriptions/acknowledged");
  rig.server().changed(mcp::ListKind::tools);
  CHECK(client.event()["method"] == "notifications/tools/list_changed");
  rig.server().end_subscriptions();
  CHECK(client.event()["id"] == 7);
  CHECK(client.event().is_null());
  CHECK(client.stream_ended());
  CHECK(client.ask(rig.modern(8, "tools/list")).status == 200);
}

TEST_CASE("modern: notifications are accepted without an answer") {
  HttpRig rig;
  HttpClient client(rig.port());
  const HttpAnswer answer = client.ask(rig.post(
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"_meta":)"
      R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}}})"));
  CHECK(answer.status == 202);
  CHECK(answer.body.empty());
  CHECK(client.ask(rig.post(R"({"jsonrpc":"2.0","method":"notifications/x"})")).status == 400);
}

TEST_CASE(
    "modern: calls past the principal's limit are told to wait, on however many connections") {
  mcp::HttpOptions options;
  options.endpoint.calls_of_principal = 2;
  HttpRig rig(std::move(options));
  HttpClient first(rig.port()), second(rig.port()), third(rig.port());
  first.send(rig.call(1, "wait"));
  second.send(rig.call(2, "wait"));
  REQUIRE(becomes([&] { return rig.seen.started == 2; }));
  const HttpAnswer busy = third.ask(rig.call(3, "wait"));
  CHECK(busy.json()["result"]["isError"] == true);
  CHECK(busy.json()["result"]["content"][0]["text"].get<std::string>().rfind("busy:", 0) == 0);
  rig.seen.release = true;
  CHECK(first.answer().status == 200);
  CHECK(third.ask(rig.call(4, "echo")).json()["result"].contains("isError") == false);
}

TEST_CASE("methods and paths that are not there") {
  HttpRig rig;
  struct Case {
    const char* method;
    int status;
  };
  constexpr Case cases[] = {{"GET", 405},   {"DELETE", 405}, {"OPTIONS", 405}, {"PUT", 405},
                            {"PATCH", 405}, {"FOO", 405},    {"HEAD", 405}};
  for (const Case& each : cases) {
    CAPTURE(each.method);
    HttpClient client(rig.port());
    client.send(rig.request(each.method));
    const HttpAnswer answer = client.head();
    CHECK(answer.status == each.status);
    CHECK(answer.headers.count("allow") == 1);
  }
  HttpClient client(rig.port());
  std::string elsewhere = rig.modern(1, "tools/list");
  elsewhere.replace(elsewhere.find("/mcp"), 4, "/sse");
  CHECK(client.ask(elsewhere).status == 404);
}
