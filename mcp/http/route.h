// Which of the two eras a POST belongs to, from its headers and body alone (section "The two eras
// and how one endpoint tells them apart", HTTP table), and what its headers say about types. Pure.
#pragma once

#include "mcp/errors.h"
#include "mcp/http/request.h"
#include "mcp/json.h"

namespace mcp {

enum class HttpRoute {
  described,   // describes itself: 2026-07-28
  initialize,  // opens a session
  in_session,  // belongs to one that is named by `Mcp-Session-Id`
};

// Throws RpcError for what belongs to neither.
HttpRoute route_of(const HttpRequest& http, const Json& message);

// Whether `MCP-Protocol-Version` is absent or names a revision that has sessions.
bool names_session_version(const HttpRequest& http);

// Whether the body is declared to be JSON in UTF-8.
bool is_json_request(const HttpRequest& http);

// What the client can take. Clients that say nothing, or nothing that fits, are taken to take both:
// real ones send one type only, or `*/*`.
struct HttpAccepted {
  bool json = true;
  bool events = true;
};
HttpAccepted accepted_types(const HttpRequest& http);

// A request: it has a method and an id, and so gets a response.
bool is_request(const Json& message);

}  // namespace mcp
