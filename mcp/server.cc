#include "mcp/server.h"

#include <fmt/format.h>

#include "mcp/batch.h"
#include "mcp/capabilities.h"
#include "mcp/meta.h"

namespace mcp {
namespace {

MissingId missing_id(const Peer& peer) {
  return peer.negotiated() ? MissingId::null : MissingId::left_out;
}

bool is_notification(const Json& value) {
  return value.is_object() && value.contains("method") && !value.contains("id");
}

void notified(Peer& peer, Subscriptions& subscriptions, const Message& message) {
  if (message.method != "notifications/cancelled") return;
  const auto named = message.params.find("requestId");
  const auto id = named == message.params.end() ? std::nullopt : read_id(*named);
  if (!id) return;
  peer.cancel(*id);
  subscriptions.end(peer, *id);
}

// What only a lookup is, may finish when the input has ended.
bool is_lookup(const Request& request, const Features& features) {
  if (request.method != "tools/call") return true;
  return find_tool(features, request)->annotations.read_only;
}

OrderedJson wire_form(const Questions& questions) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [key, question] : questions) {
    out[key] = {{"method", question.method}, {"params", question.params}};
  }
  return out;
}

// The answer of a round that needs another (section "MRTR").
Result input_required(const NeedInput& need, const std::string& binding) {
  OrderedJson result = {{"inputRequests", wire_form(need.questions)}};
  std::string state = next_round_state(need.answers, need.state, binding);
  if (!state.empty()) result["requestState"] = std::move(state);
  return {members_of(result), "input_required"};
}

std::string binding_of(const Request& request) {
  return round_binding(request.peer->principal, request.method, request.params);
}

}  // namespace

Server::Server(ServerInfo info, Features features, std::function<void(std::string_view)> log)
    : info_(std::move(info)),
      features_(std::move(features)),
      log_(std::move(log)),
      tasks_(subscriptions_),
      context_{info_, features_, subscriptions_, tasks_} {}

void Server::changed(ListKind kind) { subscriptions_.changed(kind); }
void Server::resource_updated(const std::string& uri) { subscriptions_.updated(uri); }
void Server::end_subscriptions() { subscriptions_.end_all(); }
void Server::stop_tasks() { tasks_.stop_all(); }

// --- receiving ----------------------------------------------------------------------------------

std::vector<Work> Server::receive(const std::shared_ptr<Peer>& peer,
                                  const std::shared_ptr<Connection>& connection,
                                  std::string_view text) {
  ParsedJson parsed = parse_bounded(text);
  if (parsed.problem == JsonProblem::none) {
    return receive_parsed(peer, connection, std::move(parsed.value));
  }
  refuse(*peer, *connection, RpcError(static_cast<int>(parsed.problem), parsed.message));
  return {};
}

std::vector<Work> Server::receive_parsed(const std::shared_ptr<Peer>& peer,
                                         const std::shared_ptr<Connection>& connection,
                                         Json&& message) {
  if (message.is_array()) return receive_batch(peer, connection, std::move(message));
  std::vector<Work> works;
  if (auto work = receive_one(peer, connection, std::move(message))) {
    works.push_back(std::move(*work));
  }
  return works;
}

void Server::refuse(const Peer& peer, Connection& connection, const RpcError& error) {
  fail(connection, std::nullopt, error, peer);
}

void Server::fail(Connection& connection, const std::optional<Id>& id, const RpcError& error,
                  const Peer& peer) {
  connection.write_error(error_line(id, error, missing_id(peer)), error);
}

// Only 2025-03-26 has batches, and `initialize` may not be in one.
std::vector<Work> Server::receive_batch(const std::shared_ptr<Peer>& peer,
                                        const std::shared_ptr<Connection>& connection,
                                        Json&& value) {
  const bool allowed = peer->negotiated() && peer->client()->version == Version::v2025_03_26;
  if (!allowed || value.empty()) {
    refuse(*peer, *connection,
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

std::optional<Work> Server::receive_one(const std::shared_ptr<Peer>& peer,
                                        const std::shared_ptr<Connection>& connection,
                                        Json&& value) {
  const bool silent = is_notification(value);
  std::optional<Id> id;
  try {
    Message message = read_message(std::move(value), id);
    if (message.method.empty()) {
      if (message.id) peer->answered(*message.id, std::move(message.params));
      return std::nullopt;
    }
    if (!message.id) return notified(*peer, subscriptions_, message), std::nullopt;
    auto client = claimed_client(message.params);
    if (!client) client = peer->client();
    return handle({*message.id, std::move(message.method), std::move(message.params),
                   std::move(client), peer, connection, nullptr});
  } catch (const RpcError& error) {
    if (!silent) fail(*connection, id, error, *peer);
  } catch (const std::exception& error) {
    log_(fmt::format("internal error: {}", error.what()));
    if (!silent) fail(*connection, id, RpcError(code::internal_error, "internal error"), *peer);
  }
  return std::nullopt;
}

std::optional<Work> Server::handle(Request&& request) {
  const Method* method = find_method(request.method, request.is_modern());
  if (method == nullptr || !method->offered(features_)) {
    OrderedJson data;  // who opens with `initialize` in the modern shape learns what to speak
    if (request.method == "initialize") data = {{"supported", {name(modern)}}};
    throw RpcError(code::method_not_found, "no method " + echoed(request.method), data);
  }
  if (method->pace == Pace::waits) return start(std::move(request), *method);
  const Result result = method->answer(context_, request);
  if (result.later) return std::nullopt;
  // A probe gets the modern shape even when it does not say what it is.
  const bool probe = request.method == "server/discover";
  request.connection->write(
      result_line(request.id, result_text(result, probe ? modern : request.version())));
  return std::nullopt;
}

// Modern results say what they are and who made them; older clients reject extra members.
std::string Server::result_text(const Result& result, Version version) const {
  if (version != modern) return fmt::format("{{{}}}", result.members);
  return fmt::format(R"({{{}{}"resultType":"{}","_meta":{{"{}":{}}}}})", result.members,
                     result.members.empty() ? "" : ",", result.type, meta::server_info,
                     dump(implementation(info_, version)));
}

// --- calls --------------------------------------------------------------------------------------

std::optional<Work> Server::start(Request&& request, const Method& method) {
  const CallWishes wishes = read_wishes(request.params);
  Round round;
  if (request.is_modern()) round = read_round(request.params, binding_of(request));
  const bool lookup = is_lookup(request, features_);
  CallOrigin origin;
  origin.connection = request.connection;
  origin.client = request.client;
  origin.id = request.id;
  origin.progress_token = wishes.progress_token;
  origin.log_level = wishes.log_level;
  origin.peer = request.peer;
  origin.tasks = &tasks_;
  origin.offers_tasks = features_.tasks;
  origin.result_text = [this, version = request.version()](std::string_view members,
                                                           std::string_view type) {
    return result_text({std::string(members), type}, version);
  };
  origin.answers = std::move(round.answers);
  origin.state = std::move(round.state);
  request.call = std::make_shared<Call>(std::move(origin));
  switch (request.peer->enter(request.call, lookup)) {
    case Peer::Entry::entered:
      return [this, &method, request = std::make_shared<Request>(std::move(request))] {
        run(*request, method);
      };
    case Peer::Entry::id_in_use:
      throw RpcError(code::invalid_request, "a request with this id is in flight");
    case Peer::Entry::full:
      break;
  }
  const CallToolResult busy{
      "busy: too many calls are in flight; nothing was sent. Retry when one of them has returned.",
      nullptr, true};
  request.connection->write(result_line(
      request.id, result_text({wire_members(busy, request.version())}, request.version())));
  return std::nullopt;
}

void Server::run(Request& request, const Method& method) {
  Call& call = *request.call;
  if (call.cancelled()) return call.returned();  // before it began: nothing was sent anywhere
  try {
    const Result result = answer_of(request, method);
    std::string line;
    if (!call.has_left()) line = result_line(request.id, result_text(result, request.version()));
    call.returned();  // first: whoever has read the reply may use the id again
    if (!call.task_id().empty()) return end_task(call, result);
    call.answer(std::move(line));
  } catch (const RpcError& error) {
    call.returned();
    if (!call.task_id().empty()) return tasks_.fail(call.task_id(), error);
    call.answer_error(error_line(request.id, error, MissingId::left_out), error);
  }
}

// The one place where what a handler returns or throws becomes a result or an error.
Result Server::answer_of(Request& request, const Method& method) {
  try {
    return method.answer(context_, request);
  } catch (const NeedInput& need) {
    return input_required(need, binding_of(request));
  } catch (const RpcError&) {
    throw;
  } catch (const std::exception& error) {
    log_(fmt::format("internal error in {}: {}", request.method, error.what()));
    throw RpcError(code::internal_error, "internal error");
  }
}

void Server::end_task(Call& call, const Result& result) {
  if (call.cancelled()) return tasks_.cancelled(call.task_id());
  tasks_.complete(call.task_id(), result.members);
}

}  // namespace mcp
