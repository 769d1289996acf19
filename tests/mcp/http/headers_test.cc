#include "mcp/http/headers.h"

#include <doctest/doctest.h>

using namespace mcp;

namespace {

HttpRequest with_headers(std::vector<std::pair<std::string, std::string>> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

Json message_of(const char* method, Json params) {
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
  params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = Json::object();
  return {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}};
}

// 0 when the headers agree with the message.
int code_of(const HttpRequest& http, const Json& message, const HeaderArguments& arguments = {}) {
  try {
    check_headers(http, message, arguments);
    return 0;
  } catch (const RpcError& error) {
    return error.code;
  }
}

std::vector<std::pair<std::string, std::string>> headers_for(const std::string& method) {
  return {{"mcp-protocol-version", "2026-07-28"}, {"mcp-method", method}};
}

}  // namespace

TEST_CASE("a header's value is literal unless it is marked as base64") {
  struct Case {
    const char* value;
    const char* text;  // null: refused
  };
  constexpr Case cases[] = {{"plain", "plain"},
                            {"", ""},
                            {"=?base64?SGVsbG8=?=", "Hello"},
                            {"=?base64?w6kg?=", "\xc3\xa9 "},
                            {"=?base64?"
                             "?=",
                             ""},
                            {"=?base64?SGVsbG8?=", nullptr},      // padding missing
                            {"=?base64?SGVs!!!bG8=?=", nullptr},  // not the alphabet
                            {"=?base64?SGVsbG9=?=", nullptr},     // bits left over
                            {"=?base64?////?=", nullptr},         // not UTF-8
                            {"=?base64?====?=", nullptr},
                            {"=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="},
                            {"=?base64?SGVsbG8=", "=?base64?SGVsbG8="},
                            {"SGVsbG8=?=", "SGVsbG8=?="},
                            {"=?base64?=", "=?base64?="}};
  for (const Case& each : cases) {
    CAPTURE(each.value);
    const auto text = decoded_header(each.value);
    CHECK(text.has_value() == (each.text != nullptr));
    if (text && each.text) CHECK(*text == each.text);
  }
}

TEST_CASE("the version header repeats the body's, and is looked at before the version itself") {
  const Json list = message_of("tools/list", Json::object());
  CHECK(code_of(with_headers(headers_for("tools/list")), list) == 0);
  CHECK(code_of(with_headers({{"mcp-method", "tools/list"}}), list) == -32020);
  CHECK(
      code_of(with_headers({{"mcp-protocol-version", "2025-11-25"}, {"mcp-method", "tools/list"}}),
              list) == -32020);
  CHECK(code_of(with_headers({{"mcp-protocol-version", "2026-07-28"},
                              {"mcp-protocol-version", "2026-07-28"},
                              {"mcp-method", "tools/list"}}),
                list) == -32020);
  Json future = list;
  future["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2031-01-01";
  CHECK(code_of(with_headers({{"mcp-protocol-version", "2031-01-01"}}), future) == -32022);
  CHECK(code_of(with_headers(headers_for("tools/list")), future) == -32020);
  Json no_capabilities = list;
  no_capabilities["params"]["_meta"].erase("io.modelcontextprotocol/clientCapabilities");
  CHECK(code_of(with_headers({}), no_capabilities) == -32602);
  Json no_text = list;
  no_text["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = 5;
  CHECK(code_of(with_headers({}), no_text) == -32602);
}

TEST_CASE("the method header repeats the method, by letter") {
  const Json list = message_of("tools/list", Json::object());
  for (const char* other : {"tools/call", "TOOLS/LIST", "", "tools/list,tools/list"}) {
    CHECK(code_of(with_headers(headers_for(other)), list) == -32020);
  }
  CHECK(code_of(with_headers({{"mcp-protocol-version", "2026-07-28"}}), list) == -32020);
}

TEST_CASE("the name header repeats what the method is about") {
  struct Case {
    const char* method;
    const char* member;
    const char* value;
  };
  constexpr Case cases[] = {{"tools/call", "name", "echo"},
                            {"prompts/get", "name", "greet"},
                            {"resources/read", "uri", "model://a%2Fb"},
                            {"tasks/get", "taskId", "t1"},
                            {"tasks/update", "taskId", "t1"},
                            {"tasks/cancel", "taskId", "t1"}};
  for (const Case& each : cases) {
    CAPTURE(each.method);
    const Json message = message_of(each.method, {{each.member, each.value}});
    auto headers = headers_for(each.method);
    CHECK(code_of(with_headers(headers), message) == -32020);
    headers.emplace_back("mcp-name", each.value);
    CHECK(code_of(with_headers(headers), message) == 0);
    headers.back().second = "other";
    CHECK(code_of(with_headers(headers), message) == -32020);
    headers.back().second = "\x80";
    CHECK(code_of(with_headers(headers), message) == -32020);
  }
  auto headers = headers_for("tools/call");
  headers.emplace_back("mcp-name", "=?base64?ZWNobw==?=");
  CHECK(code_of(with_headers(headers), message_of("tools/call", {{"name", "echo"}})) == 0);
  CHECK(code_of(with_headers(headers), message_of("tools/call", {{"name", "ECHO"}})) == -32020);
  CHECK(code_of(with_headers(headers_for("completion/complete")),
                message_of("completion/complete", {{"name", "x"}})) == 0);
}

TEST_CASE("marked arguments stand in headers, found through properties only") {
  Tool tool;
  tool.name = "t";
  tool.input_schema = {
      {"type", "object"},
      {"properties",
       {{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}},
        {"count", {{"type", "integer"}, {"x-mcp-header", "Count"}}},
        {"dry", {{"type", "boolean"}, {"x-mcp-header", "Dry"}}},
        {"deep", {{"properties", {{"in", {{"type", "string"}, {"x-mcp-header", "In"}}}}}}},
        {"list", {{"items", {{"properties", {{"no", {{"x-mcp-header", "No"}}}}}}}}}}}};
  const HeaderArguments arguments = header_arguments({tool});
  REQUIRE(arguments.at("t").size() == 4);
  struct Case {
    const char* given;
    const char* header;
    const char* value;  // null: absent
    int code;
  };
  constexpr Case cases[] = {
      {R"({})", "mcp-param-region", nullptr, 0},
      {R"({"region":null})", "mcp-param-region", nullptr, 0},
      {R"({"region":"eu"})", "mcp-param-region", "eu", 0},
      {R"({"region":"eu"})", "mcp-param-region", "=?base64?ZXU=?=", 0},
      {R"({"region":"eu"})", "mcp-param-region", nullptr, -32020},
      {R"({"region":"eu"})", "mcp-param-region", "us", -32020},
      {R"({"region":"eu"})", "mcp-param-region", "e\x80", -32020},
      {R"({})", "mcp-param-region", "eu", -32020},
      {R"({"count":42})", "mcp-param-count", "42", 0},
      {R"({"count":42})", "mcp-param-count", "42.0", 0},
      {R"({"count":42})", "mcp-param-count", "43", -32020},
      {R"({"count":42})", "mcp-param-count", "4 2", -32020},
      {R"({"dry":true})", "mcp-param-dry", "true", 0},
      {R"({"dry":true})", "mcp-param-dry", "True", -32020},
      {R"({"deep":{"in":"x"}})", "mcp-param-in", "x", 0},
      {R"({"deep":{"in":"x"}})", "mcp-param-in", "y", -32020},
      {R"({"deep":5})", "mcp-param-in", nullptr, 0},
      {R"({"list":[{"no":1}]})", "mcp-param-no", "whatever", 0},
  };
  for (const Case& each : cases) {
    CAPTURE(each.given);
    auto headers = headers_for("tools/call");
    headers.emplace_back("mcp-name", "t");
    if (each.value != nullptr) headers.emplace_back(each.header, each.value);
    const Json message =
        message_of("tools/call", {{"name", "t"}, {"arguments", Json::parse(each.given)}});
    CHECK(code_of(with_headers(headers), message, arguments) == each.code);
  }
}
