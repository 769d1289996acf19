#include "mcp/server.h"

#include <fmt/format.h>

#include <algorithm>

#include "mcp/batch.h"
#include "mcp/meta.h"

namespace mcp {

// Which requests there are, and in which era. tools/call is not among them: it becomes work.
struct Server::Method {
  std::string_view name;
  bool legacy;
  bool modern;
  OrderedJson (Server::*answer)(Peer&, const Request&);
};

const Server::Method Server::methods[] = {
    {"initialize", true, false, &Server::initialize},
    {"ping", true, false, &Server::ping},
    // Asked without `_meta` too, by clients that probe before they know the era.
    {"server/discover", true, true, &Server::discover},
    {"tools/list", true, true, &Server::tools_list},
};

namespace {

// A method name out of a stranger's message, short enough to repeat.
std::string echoed(std::string_view text) { return dump(Json(std::string(text.substr(0, 100)))); }

MissingId missing_id(const Peer& peer) {
  return peer.negotiated() ? MissingId::null : MissingId::left_out;
}

bool is_notification(const Json& value) {
  return value.is_object() && value.contains("method") && !value.contains("id");
}

}  // namespace

Server::Server(ServerInfo info, std::vector<Tool> tools, std::function<void(std::string_view)> log)
    : info_(std::move(info)), tools_(std::move(tools)), log_(std::move(log)) {}

const Tool* Server::find_tool(std::string_view name) const {
  const auto at =
      std::find_if(tools_.begin(), tools_.end(), [&](const Tool& t) { return t.name == name; });
  return at == tools_.end() ? nullptr : &*at;
}

std::vector<Work> Server::receive(Peer& peer, const std::shared_ptr<Connection>& connection,
                                  std::string_view text) {
  ParsedJson parsed = parse_bounded(text);
  if (parsed.problem != JsonProblem::none) {
    refuse(peer, *connection, RpcError(static_cast<int>(parsed.problem), parsed.message));
    return {};
  }
  if (parsed.value.is_array()) return receive_batch(peer, connection, std::move(parsed.value));
  std::vector<Work> works;
  if (auto work = receive_one(peer, connection, std::move(parsed.value))) {
    works.push_back(std::move(*work));
  }
  return works;
}

void Server::refuse(Peer& peer, Connection& connection, const RpcError& error) {
  connection.write(error_line(std::nullopt, error, missing_id(peer)));
}

// Only 2025-03-26 has batches, and `initialize` may not be in one.
std::vector<Work> Server::receive_batch(Peer& peer, const std::shared_ptr<Connection>& connection,
                                        Json&& value) {
  const bool allowed = peer.negotiated() && peer.client()->version == Version::v2025_03_26;
  if (!allowed || value.empty()) {
    refuse(peer, *connection,
           RpcError(code::invalid_request, "send one message at a time, not a batch"));
    return {};
  }
  std::vector<Work> works;
  const auto replies = std::make_shared<BatchReplies>(connection);
  for (Json& element : value) {
    const bool opens = element.is_object() && element.value("method", Json()) == "initialize";
    if (opens) element = "initialize may not stand in a batch";  // refused as any non-message is
    const auto reply = replies->slot();
    if (auto work = receive_one(peer, reply, std::move(element))) works.push_back(std::move(*work));
  }
  return works;
}

std::optional<Work> Server::receive_one(Peer& peer, const std::shared_ptr<Connection>& connection,
                                        Json&& value) {
  const bool silent = is_notification(value);
  std::optional<Id> id;
  try {
    Message message = read_message(std::move(value), id);
    if (message.method.empty()) return std::nullopt;  // a response: we have asked nothing
    if (!message.id) return notified(peer, message), std::nullopt;
    Request request = described(peer, std::move(message));
    if (request.message.method == "tools/call") return start(peer, connection, std::move(request));
    const bool probe =
        request.message.method == "server/discover";  // modern, even if it does not say so
    const Version version = probe ? modern : request.client->version;
    const std::string result = dump(answer(peer, request));
    const std::string_view members = std::string_view(result).substr(1, result.size() - 2);
    connection->write(result_line(*id, result_text(members, version)));
  } catch (const RpcError& error) {
    if (!silent) connection->write(error_line(id, error, missing_id(peer)));
  } catch (const std::exception& error) {
    log_(fmt::format("internal error: {}", error.what()));
    const RpcError internal(code::internal_error, "internal error");
    if (!silent) connection->write(error_line(id, internal, missing_id(peer)));
  }
  return std::nullopt;
}

void Server::notified(Peer& peer, const Message& message) {
  if (message.method != "notifications/cancelled") return;
  const auto id = message.params.find("requestId");
  if (id == message.params.end()) return;
  if (id->is_string()) peer.cancel(Id(id->get<std::string>()));
  if (id->is_number_integer()) peer.cancel(Id(id->get<std::int64_t>()));
}

// Decides the era (transport-independent part of section "Dual-era servers").
Server::Request Server::described(Peer& peer, Message&& message) const {
  auto client = claimed_client(message.params);
  if (!client) client = peer.client();
  return {std::move(message), std::move(client)};
}

const Server::Method& Server::method_of(const Request& request) const {
  for (const Method& method : methods) {
    if (method.name != request.message.method) continue;
    if (request.is_modern() ? method.modern : method.legacy) return method;
  }
  OrderedJson data;  // who opens with `initialize` in the modern shape learns what to speak
  if (request.message.method == "initialize") data = {{"supported", {name(modern)}}};
  throw RpcError(code::method_not_found, "no method " + echoed(request.message.method), data);
}

OrderedJson Server::answer(Peer& peer, const Request& request) {
  return (this->*method_of(request).answer)(peer, request);
}

OrderedJson Server::initialize(Peer& peer, const Request& request) {
  const Json& params = request.message.params;
  const auto asked = params.find("protocolVersion");
  if (asked == params.end() || !asked->is_string()) {
    throw RpcError(code::invalid_params, "protocolVersion must be a string");
  }
  const auto version = version_named(asked->get<std::string>());
  Client client = legacy_client(params);
  client.version = version && *version != modern ? *version : newest_legacy;
  const Version settled = client.version;
  peer.negotiate(std::move(client));
  return {{"protocolVersion", name(settled)},
          {"capabilities", capabilities()},
          {"serverInfo", implementation(settled)},
          {"instructions", info_.instructions}};
}

OrderedJson Server::discover(Peer&, const Request&) {
  return {{"supportedVersions", {name(modern)}},
          {"capabilities", capabilities()},
          {"instructions", info_.instructions},
          {"ttlMs", cache_ttl_ms},
          {"cacheScope", "public"}};
}

OrderedJson Server::ping(Peer&, const Request&) { return OrderedJson::object(); }

// One page: some clients read only the first.
OrderedJson Server::tools_list(Peer&, const Request& request) {
  if (request.message.params.contains("cursor")) {
    throw RpcError(code::invalid_params, "no such cursor: the list has one page");
  }
  const Version version = request.client->version;
  OrderedJson list = OrderedJson::array();
  for (const Tool& tool : tools_) list.push_back(tool_definition(tool, version));
  OrderedJson result = {{"tools", std::move(list)}};
  if (request.is_modern()) {
    result["ttlMs"] = cache_ttl_ms;
    result["cacheScope"] = "public";
  }
  return result;
}

OrderedJson Server::capabilities() const { return {{"tools", OrderedJson::object()}}; }

OrderedJson Server::implementation(Version version) const {
  OrderedJson out = {{"name", info_.name}, {"version", info_.version}};
  if (version >= Version::v2025_06_18) out["title"] = info_.title;
  return out;
}

// Modern results say that they are complete and who made them; older clients reject extra members.
std::string Server::result_text(std::string_view members, Version version) const {
  if (version != modern) return fmt::format("{{{}}}", members);
  return fmt::format(R"({{{}{}"resultType":"complete","_meta":{{"{}":{}}}}})", members,
                     members.empty() ? "" : ",", meta::server_info, dump(implementation(version)));
}

// --- tools/call ---------------------------------------------------------------------------------

std::optional<Work> Server::start(Peer& peer, const std::shared_ptr<Connection>& connection,
                                  Request&& request) {
  ToolCall asked = read_tool_call(std::move(request.message.params));
  const Tool* tool = find_tool(asked.name);
  if (tool == nullptr) throw RpcError(code::invalid_params, "no tool " + echoed(asked.name));
  auto call = std::make_shared<Call>(connection, request.client, *request.message.id,
                                     std::move(asked.progress_token));
  const Peer::Entry entry = peer.enter(call, tool->annotations.read_only);
  if (entry == Peer::Entry::id_in_use) {
    throw RpcError(code::invalid_request, "a request with this id is in flight");
  }
  if (entry == Peer::Entry::full) {
    const CallToolResult busy{
        "busy: too many calls are in flight; nothing was sent. Retry when one of "
        "them has returned.",
        nullptr, true};
    const Version version = request.client->version;
    connection->write(result_line(call->id, result_text(wire_members(busy, version), version)));
    return std::nullopt;
  }
  return [this, &peer, call, tool, arguments = std::move(asked.arguments)] {
    run(peer, *call, *tool, arguments);
  };
}

void Server::run(Peer& peer, Call& call, const Tool& tool, const Json& arguments) {
  std::string reply = reply_of(call, tool, arguments);
  peer.leave(call);  // first, so that the id may be used again by whoever has read the reply
  call.answer(std::move(reply));
}

// The one place where what a tool returns or throws becomes a message.
std::string Server::reply_of(Call& call, const Tool& tool, const Json& arguments) {
  const Version version = call.client->version;
  try {
    return result_line(call.id,
                       result_text(wire_members(tool.run(call, arguments), version), version));
  } catch (const InvalidArguments& error) {
    const CallToolResult refused{"invalid_arguments: " + error.message, nullptr, true};
    return result_line(call.id, result_text(wire_members(refused, version), version));
  } catch (const RpcError& error) {
    return error_line(call.id, error, MissingId::left_out);
  } catch (const std::exception& error) {
    log_(fmt::format("internal error in {}: {}", tool.name, error.what()));
    return error_line(call.id, RpcError(code::internal_error, "internal error"),
                      MissingId::left_out);
  }
}

}  // namespace mcp
