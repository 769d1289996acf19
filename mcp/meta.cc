#include "mcp/meta.h"

namespace mcp {
namespace {

constexpr std::size_t longest_name = 200;

std::string name_in(const Json& info) {
  if (!info.is_object()) return {};
  const auto name = info.find("name");
  if (name == info.end() || !name->is_string()) return {};
  return name->get<std::string>().substr(0, longest_name);
}

[[noreturn]] void refuse(std::string why) { throw RpcError(code::invalid_params, std::move(why)); }

void check_version(const Json& asked) {
  if (!asked.is_string())
    refuse(std::string("_meta.") + meta::protocol_version + " must be a string");
  if (asked == name(modern)) return;
  throw RpcError(code::unsupported_protocol_version, "Unsupported protocol version",
                 {{"supported", {name(modern)}},
                  {"requested", asked.get<std::string>().substr(0, longest_name)}});
}

const Json* member(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}

}  // namespace

std::shared_ptr<const Client> claimed_client(const Json& params) {
  const Json* described = member(params, "_meta");
  if (described == nullptr || !described->is_object()) return nullptr;
  const Json* version = member(*described, meta::protocol_version);
  if (version == nullptr) return nullptr;
  const Json* capabilities = member(*described, meta::client_capabilities);
  if (capabilities == nullptr || !capabilities->is_object()) {
    refuse(std::string("_meta.") + meta::client_capabilities + " must be an object");
  }
  check_version(*version);
  auto client = std::make_shared<Client>();
  client->version = modern;
  client->capabilities = *capabilities;
  if (const Json* info = member(*described, meta::client_info)) client->name = name_in(*info);
  return client;
}

Client legacy_client(const Json& params) {
  Client client;
  const Json* capabilities = member(params, "capabilities");
  if (capabilities != nullptr && capabilities->is_object()) client.capabilities = *capabilities;
  if (const Json* info = member(params, "clientInfo")) client.name = name_in(*info);
  return client;
}

ToolCall read_tool_call(Json&& params) {
  ToolCall call;
  const Json* name = member(params, "name");
  if (name == nullptr || !name->is_string()) refuse("name must be a string");
  call.name = name->get<std::string>();
  if (const Json* described = member(params, "_meta"); described && described->is_object()) {
    const Json* token = member(*described, "progressToken");
    if (token && (token->is_string() || token->is_number_integer())) call.progress_token = *token;
  }
  const auto arguments = params.find("arguments");
  if (arguments == params.end() || arguments->is_null()) return call;
  if (!arguments->is_object()) refuse("arguments must be an object");
  call.arguments = std::move(*arguments);
  return call;
}

}  // namespace mcp
