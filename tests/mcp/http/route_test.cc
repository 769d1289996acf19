#include "mcp/http/route.h"

#include <doctest/doctest.h>

#include "mcp/http/status.h"

using namespace mcp;

namespace {

HttpRequest with_headers(std::vector<std::pair<std::string, std::string>> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

constexpr const char* claim =
    R"("params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})";

}  // namespace

TEST_CASE("which era a POST belongs to, by body and headers") {
  struct Case {
    std::string body;
    const char* version;  // MCP-Protocol-Version; "": none
    const char* session;  // Mcp-Session-Id; "": none
    const char* route;    // or the error code
  };
  const std::string claimed = std::string(R"({"jsonrpc":"2.0","id":1,"method":"x",)") + claim + "}";
  const std::string plain = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
  const std::string initialize = R"({"jsonrpc":"2.0","id":1,"method":"initialize"})";
  const std::string response = R"({"jsonrpc":"2.0","id":1,"result":{}})";
  const Case cases[] = {
      {claimed, "", "", "described"},
      {claimed, "2025-11-25", "s",
       "described"},  // the session is ignored, the mismatch found later
      {plain, "", "s", "in_session"},
      {plain, "2025-06-18", "s", "in_session"},
      {plain, "", "", "-32600"},
      {plain, "2026-07-28", "", "-32602"},
      {plain, "2026-07-28", "s", "-32602"},
      {plain, "1999-01-01", "s", "-32602"},
      {initialize, "", "", "initialize"},
      {initialize, "2025-11-25", "", "initialize"},
      {initialize, "1999-01-01", "", "initialize"},
      {initialize, "2026-07-28", "", "-32020"},
      {response, "", "s", "in_session"},
      {response, "", "", "-32600"},
      {"[" + plain + "]", "", "s", "in_session"},
      {"[" + plain + "]", "", "", "-32600"},
      {"[" + plain + "," + claimed + "]", "", "s", "-32600"},
      {"[]", "", "", "-32600"},
      {"5", "", "s", "-32600"},
      {"null", "", "", "-32600"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":[]}})", "", "", "-32600"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.body);
    CAPTURE(each.version);
    HttpRequest request;
    if (*each.version) request.headers.emplace_back("mcp-protocol-version", each.version);
    if (*each.session) request.headers.emplace_back("mcp-session-id", each.session);
    std::string route;
    try {
      constexpr const char* names[] = {"described", "initialize", "in_session"};
      route = names[static_cast<int>(route_of(request, Json::parse(each.body)))];
    } catch (const RpcError& error) {
      route = std::to_string(error.code);
      CHECK(status_of(error, true) == 400);
    }
    CHECK(route == each.route);
  }
}

TEST_CASE("the status of an error, by era") {
  struct Case {
    int code;
    int modern;
    int legacy;
  };
  constexpr Case cases[] = {{-32700, 400, 400}, {-32600, 400, 400}, {-32601, 404, 200},
                            {-32602, 200, 200}, {-32603, 200, 200}, {-32020, 400, 400},
                            {-32021, 400, 200}, {-32022, 400, 400}, {-32002, 200, 200},
                            {1, 200, 200}};
  for (const Case& each : cases) {
    CAPTURE(each.code);
    CHECK(status_of(RpcError(each.code, ""), true) == each.modern);
    CHECK(status_of(RpcError(each.code, ""), false) == each.legacy);
  }
  RpcError malformed(-32602, "");
  malformed.malformed_request = true;
  CHECK(status_of(malformed, true) == 400);
  RpcError no_room(-32603, "");
  no_room.too_many_requests = true;
  CHECK(status_of(no_room, true) == 429);
}

TEST_CASE("what a client takes; who says nothing that fits takes both") {
  struct Case {
    const char* accept;
    bool json;
    bool events;
  };
  constexpr Case cases[] = {{"application/json, text/event-stream", true, true},
                            {"application/json", true, false},
                            {"text/event-stream", false, true},
                            {"Text/Event-Stream;q=0.5", false, true},
                            {"*/*", true, true},
                            {"application/*", true, false},
                            {"text/html", true, true},
                            {"", true, true},
                            {",;,", true, true}};
  for (const Case& each : cases) {
    CAPTURE(each.accept);
    const HttpAccepted accepted = accepted_types(with_headers({{"accept", each.accept}}));
    CHECK(accepted.json == each.json);
    CHECK(accepted.events == each.events);
  }
  const HttpAccepted two = accepted_types(
      with_headers({{"accept", "application/json"}, {"accept", "text/event-stream"}}));
  CHECK((two.json && two.events));
}

TEST_CASE("the body is JSON in UTF-8 and nothing else") {
  struct Case {
    const char* type;
    bool fine;
  };
  constexpr Case cases[] = {{"application/json", true},
                            {"Application/JSON; charset=UTF-8", true},
                            {"application/json;charset=\"utf-8\"", true},
                            {"application/json; x=y", true},
                            {"application/json; charset=utf-16", false},
                            {"text/plain", false},
                            {"application/json5", false},
                            {"", false}};
  for (const Case& each : cases) {
    CAPTURE(each.type);
    CHECK(is_json_request(with_headers({{"content-type", each.type}})) == each.fine);
  }
  CHECK_FALSE(is_json_request(with_headers({})));
  CHECK_FALSE(is_json_request(
      with_headers({{"content-type", "application/json"}, {"content-encoding", "gzip"}})));
}
