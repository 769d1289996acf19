// What stands in a request's `params` beside the method's own members: the modern `_meta` claims,
// and the parts of tools/call. Reading only; called by the server on the reading thread.
#pragma once

#include <memory>
#include <string>

#include "mcp/call.h"
#include "mcp/json.h"

namespace mcp {

namespace meta {
inline constexpr const char* protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr const char* client_capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr const char* client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr const char* server_info = "io.modelcontextprotocol/serverInfo";
}  // namespace meta

// How long a client may keep what does not change while the program runs.
inline constexpr int cache_ttl_ms = 3'600'000;

// The client as a modern request describes it; null when the request makes no such claim. Throws
// RpcError for a claim that is malformed (-32602) or of another revision (-32022).
std::shared_ptr<const Client> claimed_client(const Json& params);

// The client as the params of `initialize` describe it, without its version.
Client legacy_client(const Json& params);

struct ToolCall {
  std::string name;
  Json arguments = Json::object();
  Json progress_token;  // null: none
};

// The params of tools/call; throws RpcError{invalid_params}.
ToolCall read_tool_call(Json&& params);

}  // namespace mcp
