#include "tools/sandbox/sandbox_agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/base64.h"

namespace tools {
namespace {

using nlohmann::json;
using Clock = SandboxTask::Clock;
using std::chrono::milliseconds;

constexpr std::size_t longest_text = 16384;
constexpr std::size_t longest_id = 200;

const json& member(const json& object, const char* key) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string text_of(const json& value, std::size_t longest) {
  return value.is_string() ? value.get<std::string>().substr(0, longest) : std::string();
}

std::string parts_text(const json& parts) {
  std::string text;
  if (!parts.is_array()) return text;
  for (const json& part : parts) text += text_of(member(part, "text"), longest_text);
  return text.substr(0, longest_text);
}

// A part of 1.0 holds the file itself, one of 0.3 has it in `file`.
std::vector<SandboxFile> parts_files(const json& parts) {
  std::vector<SandboxFile> files;
  if (!parts.is_array()) return files;
  for (const json& part : parts) {
    const bool older = member(part, "file").is_object();
    const json& holder = older ? member(part, "file") : part;
    const json& base64 = member(holder, older ? "bytes" : "raw");
    if (!base64.is_string()) continue;
    auto bytes = catalog::base64_decoded(base64.get_ref<const std::string&>());
    if (!bytes) continue;
    files.push_back({text_of(member(holder, older ? "name" : "filename"), longest_id),
                     text_of(member(holder, older ? "mimeType" : "mediaType"), longest_id),
                     std::move(*bytes)});
  }
  return files;
}

std::string_view reason(int code) {
  switch (code) {
    case -32001:
      return "TASK_NOT_FOUND";
    case -32002:
      return "TASK_NOT_CANCELABLE";
    case -32004:
      return "UNSUPPORTED_OPERATION";
    case -32009:
      return "VERSION_NOT_SUPPORTED";
  }
  return "";
}

// How long until there is something new to tell of a task that is being worked on.
milliseconds until_next_chunk(const SandboxTask& task, Clock::time_point now) {
  const auto made = static_cast<std::int64_t>(task.chunks_made(now));
  return std::chrono::ceil<milliseconds>(task.started + (made + 1) * task.pace - now);
}

}  // namespace

struct SandboxAgent::Method {
  std::string_view names[2];  // by SandboxA2a
  SandboxReply (SandboxAgent::*call)(const json& id, const json& params);
};

const SandboxAgent::Method* SandboxAgent::method(SandboxA2a version, std::string_view name) {
  static constexpr Method methods[] = {
      {{"SendMessage", "message/send"}, &SandboxAgent::send},
      {{"SendStreamingMessage", "message/stream"}, &SandboxAgent::send_streaming},
      {{"GetTask", "tasks/get"}, &SandboxAgent::find},
      {{"CancelTask", "tasks/cancel"}, &SandboxAgent::cancel},
      {{"SubscribeToTask", "tasks/resubscribe"}, &SandboxAgent::subscribe},
  };
  const auto found = std::find_if(std::begin(methods), std::end(methods), [&](const Method& known) {
    return known.names[static_cast<std::size_t>(version)] == name;
  });
  return found == std::end(methods) ? nullptr : found;
}

SandboxAgent::SandboxAgent(std::string slug, SandboxA2a version, Card describe, Work work,
                           const std::string& folder)
    : slug_(std::move(slug)),
      version_(version),
      card_(describe),
      work_(work),
      tasks_(slug_, folder) {}

json SandboxAgent::card(const std::string& rpc_url) const { return card_(rpc_url); }

SandboxReply SandboxAgent::call(const SandboxRequest& request) {
  const json rpc = json::parse(request.body, nullptr, false);
  if (rpc.is_discarded()) return failed(nullptr, {-32700, "The body is not JSON."});
  const json& id = member(rpc, "id");
  const std::string name = text_of(member(rpc, "method"), longest_id);
  if (member(rpc, "jsonrpc") != "2.0" || name.empty() || !(id.is_string() || id.is_number())) {
    return failed(nullptr, {-32600, "The body is not a JSON-RPC 2.0 request."});
  }
  const std::string_view spoken = request.header("a2a-version");
  if (version_ == SandboxA2a::v1_0 && spoken != "1.0") {
    return failed(
        id, {-32009, fmt::format("{} speaks A2A 1.0, not '{}'. Send the header A2A-Version.", slug_,
                                 spoken.empty() ? "0.3" : spoken)});
  }
  const Method* known = method(version_, name);
  if (!known) return failed(id, {-32601, fmt::format("{} has no method '{}'.", slug_, name)});
  return (this->*known->call)(id, member(rpc, "params"));
}

SandboxAgent::Found SandboxAgent::existing(const json& task_id) const {
  if (!task_id.is_string()) return Failure{-32602, "The id of a task is missing."};
  const std::string id = text_of(task_id, longest_id);
  std::optional<SandboxTask> task = tasks_.find(id);
  if (!task) return Failure{-32001, fmt::format("{} has no task '{}'.", slug_, id)};
  return *std::move(task);
}

SandboxAgent::Found SandboxAgent::accepted(const json& params) {
  const json& message = member(params, "message");
  SandboxTurn turn{false, text_of(member(message, "messageId"), longest_id),
                   parts_text(member(message, "parts")), parts_files(member(message, "parts"))};
  if (turn.message_id.empty()) return Failure{-32602, "message.messageId is missing."};
  if (turn.text.empty()) return Failure{-32602, "message.parts holds no text."};
  const std::string context_id = text_of(member(message, "contextId"), longest_id);
  if (const json& task_id = member(message, "taskId"); task_id.is_string() && task_id != "") {
    Found old = existing(task_id);
    if (!std::holds_alternative<SandboxTask>(old)) return old;
    return continued(std::get<SandboxTask>(std::move(old)), context_id, std::move(turn));
  }
  SandboxTask task;
  task.context_id = context_id;
  task.started = Clock::now();
  task.history.push_back(std::move(turn));
  work_(task);
  return tasks_.add(std::move(task));
}

SandboxAgent::Found SandboxAgent::continued(SandboxTask task, std::string_view context_id,
                                            SandboxTurn turn) {
  if (!context_id.empty() && context_id != task.context_id) {
    return Failure{-32602, fmt::format("Task '{}' has another contextId.", task.id)};
  }
  const Failure refusal{version_ == SandboxA2a::v1_0 ? -32004 : -32600,
                        fmt::format("Task '{}' does not wait for a message.", task.id)};
  if (task.state(Clock::now()) != SandboxTaskState::input_required) return refusal;
  task.started = Clock::now();
  task.history.push_back({true, fmt::format("{}-question", task.id), task.question});
  task.history.push_back(std::move(turn));
  work_(task);
  return tasks_.replace(task) ? Found(std::move(task)) : Found(refusal);
}

SandboxReply SandboxAgent::send(const json& id, const json& params) {
  const Found found = accepted(params);
  if (const auto* failure = std::get_if<Failure>(&found)) return failed(id, *failure);
  const auto& task = std::get<SandboxTask>(found);
  const json& configuration = member(params, "configuration");
  const bool at_once = member(configuration, "returnImmediately") == true ||
                       member(configuration, "blocking") == false;
  if (at_once || at_rest(task.state(Clock::now()))) return task_reply(id, task, true);
  SandboxReply reply;
  reply.stream = [this, id, task](SandboxStream& out) { return send_when_at_rest(out, id, task); };
  return reply;
}

bool SandboxAgent::send_when_at_rest(SandboxStream& out, const json& id, SandboxTask task) const {
  while (!at_rest(task.state(Clock::now()))) {
    if (!out.wait(until_next_chunk(task, Clock::now()))) return false;
    if (auto current = tasks_.find(task.id)) task = *std::move(current);
  }
  return out.send(task_reply(id, task, true).body);
}

SandboxReply SandboxAgent::send_streaming(const json& id, const json& params) {
  const Found found = accepted(params);
  if (const auto* failure = std::get_if<Failure>(&found)) return failed(id, *failure);
  return streamed(id, std::get<SandboxTask>(found), SandboxTaskState::submitted, 0);
}

SandboxReply SandboxAgent::subscribe(const json& id, const json& params) {
  const Found found = existing(member(params, "id"));
  if (const auto* failure = std::get_if<Failure>(&found)) return failed(id, *failure);
  const auto& task = std::get<SandboxTask>(found);
  const auto now = Clock::now();
  if (version_ == SandboxA2a::v1_0 && is_over(task.state(now))) {
    return failed(id, {-32004, fmt::format("Task '{}' is over.", task.id)});
  }
  return streamed(id, task, task.state(now), task.chunks_made(now));
}

SandboxReply SandboxAgent::find(const json& id, const json& params) {
  const Found found = existing(member(params, "id"));
  if (const auto* failure = std::get_if<Failure>(&found)) return failed(id, *failure);
  return task_reply(id, std::get<SandboxTask>(found), false);
}

SandboxReply SandboxAgent::cancel(const json& id, const json& params) {
  Found found = existing(member(params, "id"));
  if (const auto* failure = std::get_if<Failure>(&found)) return failed(id, *failure);
  auto& task = std::get<SandboxTask>(found);
  const auto now = Clock::now();
  const bool over = is_over(task.state(now));
  task.canceled = now;
  if (over || !tasks_.replace(task)) {
    return failed(id, {-32002, fmt::format("Task '{}' cannot be canceled any more.", task.id)});
  }
  return task_reply(id, task, false);
}

SandboxReply SandboxAgent::streamed(const json& id, const SandboxTask& task, SandboxTaskState state,
                                    std::size_t chunks) const {
  SandboxReply reply;
  reply.content_type = "text/event-stream";
  reply.headers = {{"Cache-Control", "no-cache"}};
  reply.stream = [this, id, task, state, chunks](SandboxStream& out) {
    const auto event = [&](const json& value) {
      return out.send(fmt::format("data: {}\n\n", result(id, value)));
    };
    if (!event(task_json(version_, task, state, chunks, true))) return false;
    if (is_over(state)) return true;
    return event(status_json(version_, task, SandboxTaskState::working)) &&
           stream(out, id, task, chunks);
  };
  return reply;
}

bool SandboxAgent::stream(SandboxStream& out, const json& id, SandboxTask task,
                          std::size_t chunks) const {
  const auto event = [&](const json& value) {
    return out.send(fmt::format("data: {}\n\n", result(id, value)));
  };
  for (;;) {
    if (auto current = tasks_.find(task.id)) task = *std::move(current);
    const auto now = Clock::now();
    for (const std::size_t made = task.chunks_made(now); chunks < made; ++chunks) {
      if (!event(chunk_json(version_, task, chunks))) return false;
    }
    const SandboxTaskState state = task.state(now);
    if (at_rest(state)) return event(status_json(version_, task, state));
    if (!out.wait(until_next_chunk(task, now))) return false;
  }
}

std::string SandboxAgent::result(const json& id, json value) const {
  return json_text({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(value)}});
}

SandboxReply SandboxAgent::task_reply(const json& id, const SandboxTask& task, bool wrapped) const {
  const auto now = Clock::now();
  SandboxReply reply;
  reply.body =
      result(id, task_json(version_, task, task.state(now), task.chunks_made(now), wrapped));
  return reply;
}

SandboxReply SandboxAgent::failed(const json& id, const Failure& failure) const {
  json error = {{"code", failure.code}, {"message", failure.message}};
  if (const std::string_view why = reason(failure.code);
      version_ == SandboxA2a::v1_0 && !why.empty()) {
    error["data"] = json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                  {"reason", why},
                                  {"domain", "a2a-protocol.org"}}});
  }
  return json_reply(200, {{"jsonrpc", "2.0"}, {"id", id}, {"error", error}});
}

}  // namespace tools
