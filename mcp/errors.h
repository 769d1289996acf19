// The two ways a handler fails. Both are turned into wire messages in one place, `Server`; anything
// else that escapes a handler is a bug and becomes -32603.
#pragma once

#include <exception>
#include <string>

#include "mcp/json.h"

namespace mcp {

// JSON-RPC error codes (MCP specification, "Error codes").
namespace code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int resource_not_found = -32002;  // before 2026-07-28 only
inline constexpr int header_mismatch = -32020;
inline constexpr int missing_client_capability = -32021;
inline constexpr int unsupported_protocol_version = -32022;
}  // namespace code

// Becomes a JSON-RPC error.
struct RpcError : std::exception {
  int code;
  std::string message;
  OrderedJson data;  // null: left out
  // The request does not describe itself as its revision demands: over HTTP a 400, where a request
  // that merely asks for what is not there is answered with 200.
  bool malformed_request = false;
  // Nothing is wrong with the request, but there is no room for it now: over HTTP a 429.
  bool too_many_requests = false;

  RpcError(int c, std::string m, OrderedJson d = nullptr)
      : code(c), message(std::move(m)), data(std::move(d)) {}
  const char* what() const noexcept override { return message.c_str(); }
};

// Becomes an `isError` result, because the model that called can mend its arguments.
struct InvalidArguments : std::exception {
  std::string message;  // "arguments.limit: expected an integer from 1 to 100"

  explicit InvalidArguments(std::string m) : message(std::move(m)) {}
  const char* what() const noexcept override { return message.c_str(); }
};

}  // namespace mcp
