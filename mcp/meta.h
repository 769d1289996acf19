// What stands in a request's `params` beside the method's own members: the modern `_meta` claims,
// and the parts of tools/call. Reading only; called by the server on the reading thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mcp/call.h"
#include "mcp/json.h"

namespace mcp {

namespace meta {
inline constexpr const char* protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr const char* client_capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr const char* client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr const char* log_level = "io.modelcontextprotocol/logLevel";
inline constexpr const char* subscription_id = "io.modelcontextprotocol/subscriptionId";
inline constexpr const char* server_info = "io.modelcontextprotocol/serverInfo";
}  // namespace meta

// How long a client may keep what does not change while the program runs.
inline constexpr int cache_ttl_ms = 3'600'000;

// The client as a modern request describes it; null when the request makes no such claim. Throws
// RpcError for a claim that is malformed (-32602) or of another revision (-32022).
std::shared_ptr<const Client> claimed_client(const Json& params);

// The client as the params of `initialize` describe it, without its version.
Client legacy_client(const Json& params);

// What a request that may wait says beside its method's own params.
struct CallWishes {
  Json progress_token;                // null: none
  std::optional<LogLevel> log_level;  // modern only
};
// Throws RpcError{invalid_params} for a level there is not.
CallWishes read_wishes(const Json& params);

// The answers and state a modern client brings back (section "MRTR"), checked against `binding`.
struct Round {
  Answers answers;
  Json state;
};
Round read_round(const Json& params, const std::string& binding);
// What the next round must bring back: sealed text; "" when there is nothing to remember.
std::string next_round_state(const Answers& answers, const Json& state, const std::string& binding);
// What a round belongs to: who asks, by which method, with which params of its own.
std::string round_binding(const std::string& principal, const std::string& method,
                          const Json& params);

}  // namespace mcp
