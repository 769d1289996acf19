// JSON-RPC 2.0 as MCP uses it: what a line can be, and the lines we write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mcp/errors.h"
#include "mcp/json.h"

namespace mcp {

// A request's id, echoed with the type and value it came with: 1 and "1" are different requests.
using Id = std::variant<std::int64_t, std::string>;

std::string to_text(const Id& id);  // as JSON
// Nothing for what is neither a string nor an integer of 64 bits.
std::optional<Id> read_id(const Json& value);

struct Message {
  std::optional<Id> id;          // absent: a notification
  std::string method;            // empty: a response, which answers a request of ours
  Json params = Json::object();  // of a response: {"result": …} or {"error": …}
};

// Reads one element of the wire. Throws RpcError{invalid_request or invalid_params} for what is not
// a JSON-RPC message; the readable id, if there was one, is left in `id` for the reply.
Message read_message(Json&& value, std::optional<Id>& id);

// The lines, without the newline. `result` and `params` are JSON texts.
std::string result_line(const Id& id, std::string_view result);
std::string request_line(const Id& id, std::string_view method, std::string_view params);
std::string notification_line(std::string_view method, std::string_view params);

// What stands for the id of an error whose request had none that could be read: left out in the
// 2026-07-28 schema, null in the older ones.
enum class MissingId { left_out, null };
std::string error_line(const std::optional<Id>& id, const RpcError& error, MissingId missing);

}  // namespace mcp
