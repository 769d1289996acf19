// What a modern request (2026-07-28) repeats of its body in headers, so that a proxy can route it
// without reading the body; the two must agree (section "Streamable HTTP"). Pure; called on the
// connection's thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/errors.h"
#include "mcp/http/request.h"
#include "mcp/json.h"
#include "mcp/tool.h"

namespace mcp {

// A header's value as text: what stands as `=?base64?…?=` is decoded. Nothing when that is not the
// base64 of UTF-8.
std::optional<std::string> decoded_header(std::string_view value);

// The arguments of a tool that its input schema marks with `x-mcp-header`.
struct HeaderArgument {
  std::string header;             // "mcp-param-region", lower case
  std::vector<std::string> path;  // from the root of the arguments
};
using HeaderArguments = std::map<std::string, std::vector<HeaderArgument>>;  // by tool

HeaderArguments header_arguments(const std::vector<Tool>& tools);

// Whether a message names its revision in `params._meta`, as every modern one does.
bool has_claim(const Json& message);

// Checks a modern request's headers against its body, and its `_meta` in between, in the order the
// suite expects (`_meta`, version header, version, method, name, arguments). Throws RpcError. What
// is not a JSON-RPC request is left to the server to refuse.
void check_headers(const HttpRequest& http, const Json& message, const HeaderArguments& arguments);

}  // namespace mcp
