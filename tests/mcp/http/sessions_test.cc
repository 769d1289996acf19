// The endpoint as clients before 2026-07-28 meet it.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>

#include "tests/mcp/http/rig.h"

using namespace tests;
using nlohmann::json;

namespace {

std::string call_body(int id, const std::string& tool, const json& meta = {}) {
  json params = {{"name", tool}};
  if (!meta.is_null()) params["_meta"] = meta;
  return json({{"jsonrpc", "2.0"}, {"id", id}, {"method", "tools/call"}, {"params", params}})
      .dump();
}

constexpr const char* initialized_body =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

}  // namespace

TEST_CASE("sessions: initialize opens one, with an id that nobody can guess") {
  HttpRig rig;
  HttpClient client(rig.port());
  const HttpAnswer answer = client.ask(rig.post(initialize_body));
  CHECK(answer.json()["result"]["protocolVersion"] == "2025-11-25");
  const std::string id = answer.headers.at("mcp-session-id");
  CHECK(id.size() >= 32);
  CHECK(std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7e; }));
  CHECK(rig.open_session() != id);
  CHECK(client.ask(rig.in_session(id, initialized_body)).status == 202);
  CHECK(client.ask(rig.in_session(id, ping_body)).json()["result"] == json::object());
  // Again on the same session: some clients do.
  const HttpAnswer again = client.ask(rig.in_session(id, initialize_body));
  CHECK(again.status == 200);
  CHECK(again.headers.at("mcp-session-id") == id);
}

TEST_CASE("sessions: an initialize that fails opens none") {
  HttpRig rig;
  HttpClient client(rig.port());
  const HttpAnswer answer =
      client.ask(rig.post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{}})"));
  CHECK(answer.error_code() == -32602);
  CHECK(answer.status == 200);
}

TEST_CASE(
    "sessions: without one 400, with a wrong one 404, and the header's revision is looked at") {
  HttpRig rig;
  const std::string id = rig.open_session();
  struct Case {
    std::string request;
    int status;
  };
  const Case cases[] = {
      {rig.post(ping_body), 400},
      {rig.in_session("unknown", ping_body), 404},
      {rig.in_session(id, ping_body), 200},
      {rig.in_session(id, ping_body, "MCP-Protocol-Version: 2025-11-25\r\n"), 200},
      {rig.in_session(id, ping_body, "MCP-Protocol-Version: 2025-03-26\r\n"), 200},
      {rig.in_session(id, ping_body, "MCP-Protocol-Version: 1.0\r\n"), 400},
      {rig.in_session(id, "[" + std::string(ping_body) + "]"), 400},
      {rig.in_session(id, R"({"jsonrpc":"2.0","id":5,"result":{}})"), 202},
      {rig.in_session(id, R"({"jsonrpc":"2.0","id":1,"method":"no/such"})"), 200},
      {rig.in_session(id, R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})"), 400},
      {rig.request("GET", "Mcp-Session-Id: unknown\r\n"), 404},
      {rig.request("DELETE", "Mcp-Session-Id: unknown\r\n"), 404},
      {rig.request("GET", "MCP-Protocol-Version: 9\r\nMcp-Session-Id: " + id + "\r\n"), 400},
      {rig.modern(1, "tools/list", json::object(), "Mcp-Session-Id: unknown\r\n"), 200},
  };
  for (const Case& each : cases) {
    CAPTURE(each.request);
    HttpClient client(rig.port());
    CHECK(client.ask(each.request).status == each.status);
  }
}

TEST_CASE("sessions: DELETE ends one, its calls and its stream") {
  HttpRig rig;
  const std::string id = rig.open_session();
  HttpClient stream(rig.port()), caller(rig.port()), client(rig.port());
  stream.send(rig.request("GET", "Accept: text/event-stream\r\nMcp-Session-Id: " + id + "\r\n"));
  CHECK(stream.head().status == 200);
  caller.send(rig.in_session(id, call_body(1, "wait")));
  REQUIRE(becomes([&] { return rig.seen.started == 1; }));
  CHECK(client.ask(rig.request("DELETE", "Mcp-Session-Id: " + id + "\r\n")).status == 200);
  CHECK(becomes([&] { return rig.seen.cancelled == 1; }));
  CHECK(stream.event().is_null());
  CHECK(stream.stream_ended());
  CHECK(caller.answer().status == 202);  // nothing will come
  CHECK(client.ask(rig.in_session(id, ping_body)).status == 404);
}

TEST_CASE("sessions: who hangs up has not cancelled; notifications/cancelled has") {
  HttpRig rig;
  const std::string id = rig.open_session();
  HttpClient client(rig.port());
  SUBCASE("hanging up") {
    {
      HttpClient caller(rig.port());
      caller.send(rig.in_session(id, call_body(1, "wait")));
      REQUIRE(becomes([&] { return rig.seen.started == 1; }));
    }
    std::this_thread::sleep_for(Milliseconds(100));
    CHECK(rig.seen.cancelled == 0);
    rig.seen.release = true;
    CHECK(becomes([&] { return rig.seen.finished == 1; }));
    CHECK(client.ask(rig.in_session(id, ping_body)).status == 200);
  }
  SUBCASE("cancelling") {
    HttpClient caller(rig.port());
    caller.send(rig.in_session(id, call_body(1, "wait")));
    REQUIRE(becomes([&] { return rig.seen.started == 1; }));
    CHECK(client
              .ask(rig.in_session(id, R"({"jsonrpc":"2.0","method":"notifications/cancelled",)"
                                      R"("params":{"requestId":1}})"))
              .status == 202);
    CHECK(becomes([&] { return rig.seen.cancelled == 1; }));
    CHECK(caller.answer().body.empty());
    CHECK(caller.ask(rig.in_session(id, ping_body)).status == 200);
  }
}

TEST_CASE("sessions: a client that takes one type gets that type, from initialize on") {
  struct Case {
    const char* accept;
    const char* type;          // of an answer with nothing to tell before it
    const char* telling_type;  // of one that has progress
  };
  constexpr Case cases[] = {{"application/json", "application/json", "application/json"},
                            {"text/event-stream", "text/event-stream", "text/event-stream"},
                            {"*/*", "application/json", "text/event-stream"}};
  HttpRig rig;
  for (const Case& each : cases) {
    CAPTURE(each.accept);
    HttpClient client(rig.port());
    const auto ask = [&](std::string request) {
      const std::string both = "application/json, text/event-stream";
      return client.ask(request.replace(request.find(both), both.size(), each.accept));
    };
    const HttpAnswer opened = ask(rig.post(initialize_body));
    CHECK(opened.status == 200);
    CHECK(opened.headers.at("content-type") == each.type);
    CHECK(opened.body.find("protocolVersion") != std::string::npos);
    const std::string id = opened.headers.at("mcp-session-id");
    CHECK(ask(rig.in_session(id, initialized_body)).status == 202);
    CHECK(ask(rig.in_session(id, ping_body)).headers.at("content-type") == each.type);
    const HttpAnswer counted =
        ask(rig.in_session(id, call_body(2, "count", {{"progressToken", "t"}})));
    CHECK(counted.headers.at("content-type") == each.telling_type);
    CHECK(counted.body.find("counted") != std::string::npos);
  }
}

TEST_CASE("sessions: one standing stream hears what belongs to no request; a new one replaces it") {
  HttpRig rig;
  const std::string id = rig.open_session();
  const std::string listen =
      rig.request("GET", "Accept: text/event-stream\r\nMcp-Session-Id: " + id + "\r\n");
  HttpClient first(rig.port()), second(rig.port());
  first.send(listen);
  CHECK(first.head().headers.at("content-type") == "text/event-stream");
  rig.server().changed(mcp::ListKind::tools);
  CHECK(first.event()["method"] == "notifications/tools/list_changed");
  second.send(listen);
  CHECK(second.head().status == 200);
  CHECK(first.event().is_null());
  CHECK(first.stream_ended());
  rig.server().changed(mcp::ListKind::prompts);
  CHECK(second.event()["method"] == "notifications/prompts/list_changed");
}

TEST_CASE(
    "sessions: a question stands on the stream of its call, its answer comes by another POST") {
  HttpRig rig;
  const std::string id = rig.open_session("2025-11-25", R"({"elicitation":{}})");
  HttpClient caller(rig.port()), client(rig.port());
  caller.send(rig.in_session(id, call_body(5, "ask")));
  CHECK(caller.head().headers.at("content-type") == "text/event-stream");
  const json question = caller.event();
  CHECK(question["method"] == "elicitation/create");
  const json answer = {{"jsonrpc", "2.0"},
                       {"id", question["id"]},
                       {"result", {{"action", "accept"}, {"content", {{"name", "Ada"}}}}}};
  CHECK(client.ask(rig.in_session(id, answer.dump())).status == 202);
  const json result = caller.event();
  CHECK(result["id"] == 5);
  CHECK(result["result"]["content"][0]["text"] == "hello Ada");
}

TEST_CASE(
    "sessions: a client is not asked what its revision has no word for, whatever it declares") {
  HttpRig rig;
  HttpClient client(rig.port());
  for (const char* revision : {"2024-11-05", "2025-03-26"}) {
    CAPTURE(revision);
    const std::string id = rig.open_session(revision, R"({"elicitation":{}})");
    const json error = client.ask(rig.in_session(id, call_body(5, "ask"))).json()["error"];
    CHECK(error["data"]["requiredCapabilities"].contains("elicitation"));
  }
}

TEST_CASE(
    "sessions: a client that takes JSON only is asked by its standing stream, or not at all") {
  HttpRig rig;
  const std::string id = rig.open_session("2025-11-25", R"({"elicitation":{}})");
  std::string call = rig.in_session(id, call_body(5, "ask"));
  const std::string both = "application/json, text/event-stream";
  call.replace(call.find(both), both.size(), "application/json");
  HttpClient caller(rig.port()), stream(rig.port()), client(rig.port());
  const HttpAnswer refused = caller.ask(call);
  CHECK(refused.status == 200);
  CHECK(refused.json()["error"]["message"].get<std::string>().find("no stream open") !=
        std::string::npos);
  stream.send(rig.request("GET", "Mcp-Session-Id: " + id + "\r\n"));
  CHECK(stream.head().status == 200);
  caller.send(call);
  const json question = stream.event();
  CHECK(question["method"] == "elicitation/create");
  const json answer = {{"jsonrpc", "2.0"},
                       {"id", question["id"]},
                       {"result", {{"action", "accept"}, {"content", {{"name", "Ada"}}}}}};
  CHECK(client.ask(rig.in_session(id, answer.dump())).status == 202);
  CHECK(caller.answer().json()["result"]["content"][0]["text"] == "hello Ada");
}

TEST_CASE("sessions: batches in 2025-03-26, answered as one array") {
  HttpRig rig;
  const std::string id = rig.open_session("2025-03-26");
  HttpClient client(rig.port());
  const std::string batch =
      fmt::format("[{},{},{},{}]", ping_body, initialized_body, call_body(2, "echo"),
                  call_body(3, "count", {{"progressToken", "p"}}));
  HttpAnswer answer = client.ask(rig.in_session(id, batch));
  CHECK(answer.status == 200);
  json answers = answer.json();
  if (answers.is_discarded()) {  // the call's progress came first
    const std::size_t array = answer.body.find("data: [");
    REQUIRE(array != std::string::npos);
    answers = json::parse(answer.body.substr(array + 6), nullptr, false);
  }
  REQUIRE(answers.is_array());
  CHECK(answers.size() == 3);
  CHECK(client.ask(rig.in_session(id, fmt::format("[{}]", initialized_body))).status == 202);
  CHECK(client.ask(rig.in_session(id, "[]")).status == 400);
}

TEST_CASE("sessions: they expire when nobody uses them, but not under a call or a stream") {
  mcp::HttpOptions options;
  options.endpoint.session_idle_time = Milliseconds(300);
  HttpRig rig(std::move(options));
  const std::string listening = rig.open_session();
  const std::string calling = rig.open_session();
  HttpClient stream(rig.port()), caller(rig.port()), client(rig.port());
  stream.send(rig.request("GET", "Mcp-Session-Id: " + listening + "\r\n"));
  CHECK(stream.head().status == 200);
  caller.send(rig.in_session(calling, call_body(1, "wait")));
  std::vector<std::string> idle;
  for (int i = 0; i < 300; ++i) idle.push_back(rig.open_session());
  const auto is_gone = [&](const std::string& id) {
    return client.ask(rig.in_session(id, ping_body)).status == 404;
  };
  std::this_thread::sleep_for(Milliseconds(2500));
  CHECK(std::all_of(idle.begin(), idle.end(), is_gone));
  CHECK_FALSE(is_gone(listening));
  CHECK_FALSE(is_gone(calling));
  rig.seen.release = true;
  CHECK(caller.answer().status == 200);
}

TEST_CASE("sessions: past the limit the one that was idle for longest goes") {
  mcp::HttpOptions options;
  options.endpoint.sessions = 2;
  HttpRig rig(std::move(options));
  const std::string first = rig.open_session();
  const std::string second = rig.open_session();
  HttpClient client(rig.port());
  CHECK(client.ask(rig.in_session(first, ping_body)).status == 200);
  const std::string third = rig.open_session();
  CHECK(client.ask(rig.in_session(second, ping_body)).status == 404);
  CHECK(client.ask(rig.in_session(first, ping_body)).status == 200);
  HttpClient one(rig.port()), two(rig.port());
  one.send(rig.request("GET", "Mcp-Session-Id: " + first + "\r\n"));
  two.send(rig.request("GET", "Mcp-Session-Id: " + third + "\r\n"));
  CHECK(one.head().status == 200);
  CHECK(two.head().status == 200);
  const HttpAnswer full = client.ask(rig.post(initialize_body));
  CHECK(full.status == 503);
  CHECK(full.headers.count("retry-after") == 1);
}
