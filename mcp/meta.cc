#include "mcp/meta.h"

#include "mcp/request_state.h"

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

// The request does not describe itself as 2026-07-28 demands.
[[noreturn]] void refuse_description(std::string why) {
  RpcError error(code::invalid_params, std::move(why));
  error.malformed_request = true;
  throw error;
}

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
    refuse_description(std::string("_meta.") + meta::client_capabilities + " must be an object");
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

CallWishes read_wishes(const Json& params) {
  CallWishes wishes;
  const Json* described = member(params, "_meta");
  if (described == nullptr || !described->is_object()) return wishes;
  const Json* token = member(*described, "progressToken");
  if (token && (token->is_string() || token->is_number_integer())) wishes.progress_token = *token;
  if (const Json* level = member(*described, meta::log_level)) {
    if (level->is_string()) wishes.log_level = log_level_named(level->get<std::string>());
    if (!wishes.log_level) refuse(std::string("_meta.") + meta::log_level + " is not a log level");
  }
  return wishes;
}

std::string round_binding(const std::string& principal, const std::string& method,
                          const Json& params) {
  // What names the work; a client may leave empty arguments out in one round and not in the next.
  const Json work = {params.value("name", Json()), params.value("uri", Json()),
                     params.value("arguments", Json::object())};
  return principal + "\n" + method + "\n" + sha256_hex(dump(work));
}

Round read_round(const Json& params, const std::string& binding) {
  Round round;
  if (const Json* sealed = member(params, "requestState")) {
    if (!sealed->is_string()) refuse("requestState must be a string");
    const Json opened = open_state(sealed->get<std::string>(), binding);
    round.answers = opened["answers"].get<Answers>();
    round.state = opened["state"];
  }
  if (const Json* responses = member(params, "inputResponses")) {
    if (!responses->is_object()) refuse("inputResponses must be an object");
    for (const auto& [key, answer] : responses->items()) round.answers[key] = answer;
  }
  return round;
}

std::string next_round_state(const Answers& answers, const Json& state,
                             const std::string& binding) {
  if (answers.empty() && state.is_null()) return {};
  return seal_state({{"answers", answers}, {"state", state}}, binding);
}

}  // namespace mcp
