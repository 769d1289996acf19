#include "mcp/message.h"

#include <fmt/format.h>

namespace mcp {
namespace {

constexpr std::size_t longest_method = 256;

[[noreturn]] void refuse(const char* why) { throw RpcError(code::invalid_request, why); }

void read_envelope(const Json& value, Message& message, std::optional<Id>& id) {
  if (const auto at = value.find("id"); at != value.end()) {
    message.id = id = read_id(*at);
    if (!id) refuse("id must be a string or an integer");
  }
  const auto version = value.find("jsonrpc");
  if (version == value.end() || *version != "2.0") refuse("jsonrpc must be \"2.0\"");
}

}  // namespace

std::optional<Id> read_id(const Json& value) {
  if (value.is_string()) return Id(value.get<std::string>());
  // An unsigned value above the signed range is not an id we could echo.
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (value.is_number_integer()) return Id(value.get<std::int64_t>());
  return std::nullopt;
}

std::string to_text(const Id& id) {
  if (const auto* number = std::get_if<std::int64_t>(&id)) return std::to_string(*number);
  return dump(Json(std::get<std::string>(id)));
}

Message read_message(Json&& value, std::optional<Id>& id) {
  if (!value.is_object()) refuse("a message is a JSON object");
  Message message;
  const auto method = value.find("method");
  if (method == value.end() && (value.contains("result") || value.contains("error"))) {
    if (const auto at = value.find("id"); at != value.end()) message.id = read_id(*at);
    message.params = std::move(value);
    return message;
  }
  read_envelope(value, message, id);
  if (method == value.end() || !method->is_string()) refuse("method must be a string");
  message.method = std::move(method->get_ref<std::string&>());
  if (message.method.empty() || message.method.size() > longest_method) refuse("no such method");
  if (const auto params = value.find("params"); params != value.end() && !params->is_null()) {
    if (!params->is_object()) throw RpcError(code::invalid_params, "params must be an object");
    message.params = std::move(*params);
  }
  return message;
}

std::string result_line(const Id& id, std::string_view result) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", to_text(id), result);
}

std::string request_line(const Id& id, std::string_view method, std::string_view params) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})", to_text(id),
                     method, params);
}

std::string notification_line(std::string_view method, std::string_view params) {
  return fmt::format(R"({{"jsonrpc":"2.0","method":"{}","params":{}}})", method, params);
}

std::string error_line(const std::optional<Id>& id, const RpcError& error, MissingId missing) {
  OrderedJson body = {{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  std::string id_member;
  if (id) id_member = fmt::format(R"("id":{},)", to_text(*id));
  if (!id && missing == MissingId::null) id_member = R"("id":null,)";
  return fmt::format(R"({{"jsonrpc":"2.0",{}"error":{}}})", id_member, dump(body));
}

}  // namespace mcp
