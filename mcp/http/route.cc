#include "mcp/http/route.h"

#include <algorithm>

#include "mcp/http/headers.h"
#include "mcp/version.h"

namespace mcp {
namespace {

[[noreturn]] void refuse(const char* why) { throw RpcError(code::invalid_request, why); }

bool is_response(const Json& message) {
  return !message.contains("method") && (message.contains("result") || message.contains("error"));
}

bool names_modern_version(const HttpRequest& http) {
  const std::string* version = http.header("mcp-protocol-version");
  return version != nullptr && version_named(*version) == modern;
}

// Takes the first item off a list that is separated by `separator`.
std::string_view take_item(std::string_view& list, char separator) {
  const std::size_t end = std::min(list.find(separator), list.size());
  const std::string_view item = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return trimmed(item);
}

void need_session(const HttpRequest& http, const char* why) {
  if (http.count("mcp-session-id") != 1) refuse(why);
}

HttpRoute route_of_batch(const HttpRequest& http, const Json& batch) {
  constexpr const char* why = "send one message at a time, not a batch";
  if (std::any_of(batch.begin(), batch.end(), has_claim)) refuse(why);
  need_session(http, why);
  return HttpRoute::in_session;
}

// A message without a claim is older; when its headers say otherwise, it is a modern one without
// the
// `_meta` that a modern one needs.
void check_version_header(const HttpRequest& http) {
  if (names_session_version(http)) return;
  RpcError error(code::invalid_params,
                 "params._meta must name the protocol version and the client's capabilities",
                 {{"supported", {name(modern)}}});
  error.malformed_request = true;
  throw error;
}

}  // namespace

HttpRoute route_of(const HttpRequest& http, const Json& message) {
  if (message.is_array()) return route_of_batch(http, message);
  if (!message.is_object()) refuse("a message is a JSON object");
  if (is_response(message)) {
    need_session(http, "nothing was asked that this could answer");
    return HttpRoute::in_session;
  }
  if (has_claim(message)) return HttpRoute::described;
  if (message.value("method", Json()) == "initialize") {
    if (!names_modern_version(http)) return HttpRoute::initialize;
    throw RpcError(code::header_mismatch,
                   "MCP-Protocol-Version names a revision without initialize");
  }
  check_version_header(http);
  need_session(http,
               "Mcp-Session-Id is missing: begin with initialize, or describe the request in "
               "params._meta");
  return HttpRoute::in_session;
}

bool names_session_version(const HttpRequest& http) {
  if (http.count("mcp-protocol-version") > 1) return false;
  const std::string* named = http.header("mcp-protocol-version");
  if (named == nullptr) return true;
  const auto version = version_named(*named);
  return version && *version != modern;
}

bool is_json_request(const HttpRequest& http) {
  if (http.count("content-type") != 1 || http.count("content-encoding") != 0) return false;
  const std::string type = lower_case(*http.header("content-type"));
  std::string_view rest = type;
  if (take_item(rest, ';') != "application/json") return false;
  while (!rest.empty()) {
    const std::string_view parameter = take_item(rest, ';');
    if (parameter.substr(0, 8) != "charset=") continue;
    if (parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"") return false;
  }
  return true;
}

HttpAccepted accepted_types(const HttpRequest& http) {
  HttpAccepted accepted{false, false};
  for (const auto& [name, value] : http.headers) {
    if (name != "accept") continue;
    const std::string types = lower_case(value);
    for (std::string_view rest = types; !rest.empty();) {
      std::string_view item = take_item(rest, ',');
      const std::string_view type = take_item(item, ';');
      const bool any = type == "*/*";
      accepted.json = accepted.json || any || type == "application/json" || type == "application/*";
      accepted.events = accepted.events || any || type == "text/event-stream" || type == "text/*";
    }
  }
  if (!accepted.json && !accepted.events) return {true, true};
  return accepted;
}

bool is_request(const Json& message) {
  return message.is_object() && message.contains("method") && message.contains("id");
}

}  // namespace mcp
