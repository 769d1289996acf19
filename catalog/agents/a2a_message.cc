#include "catalog/agents/a2a_message.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>

#include "catalog/agents/bounded_json.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_id = 512;
// One more than `Artifacts` takes, so that it notices.
constexpr std::size_t max_parts = 200'001;
constexpr std::size_t max_artifacts = 1'001;
constexpr std::size_t max_history = 1'000;
constexpr std::size_t max_file_name = 300;
constexpr std::size_t max_file_url = 4096;

constexpr std::array<std::string_view, 9> state_names = {
    "unknown",  "submitted", "working",        "completed",    "failed",
    "canceled", "rejected",  "input-required", "auth-required"};

// Base64 of a file; only its size is kept, since files are not saved yet.
std::size_t decoded_size(const json* base64) {
  if (base64 == nullptr || !base64->is_string()) return 0;
  return base64->get_ref<const std::string&>().size() / 4 * 3;
}

void read_file(const json& holder, A2aPart& part) {
  part.type = A2aPart::Type::file;
  part.file_name = text_member(holder, {"filename", "name"}, max_file_name);
  part.media_type = text_member(holder, {"mediaType", "media_type", "mimeType", "mime_type"}, 128);
  part.file_url = text_member(holder, {"url", "uri", "fileWithUri", "file_with_uri"}, max_file_url);
  part.file_bytes =
      decoded_size(member(holder, {"raw", "bytes", "fileWithBytes", "file_with_bytes"}));
}

std::optional<A2aPart> decode_part(const json& value) {
  A2aPart part;
  if (const json* text = member(value, {"text"}); text != nullptr && text->is_string()) {
    part.text = text->get_ref<const std::string&>();
    return part;
  }
  if (const json* file = member(value, {"file"}); file != nullptr && file->is_object()) {
    read_file(*file, part);
    return part;
  }
  if (const json* data = member(value, {"data"})) {
    part.type = A2aPart::Type::data;
    part.text = dumped(*data);
    return part;
  }
  if (member(value, {"raw", "url"}) != nullptr) {
    read_file(value, part);
    return part;
  }
  return std::nullopt;
}

std::vector<A2aPart> decode_parts(const json& holder) {
  std::vector<A2aPart> parts;
  const json* listed = list_member(holder, {"parts", "content"});
  if (listed == nullptr) return parts;
  for (const json& value : *listed) {
    if (parts.size() >= max_parts) break;
    if (auto part = decode_part(value)) parts.push_back(std::move(*part));
  }
  return parts;
}

std::string task_id_of(const json& value) {
  return text_member(value, {"taskId", "task_id"}, max_id);
}

std::string context_id_of(const json& value) {
  return text_member(value, {"contextId", "context_id"}, max_id);
}

A2aMessage decode_message(const json& value) {
  A2aMessage message;
  const std::string role = lower_case(text_member(value, {"role"}, 64));
  message.from_agent = role != "user" && role != "role_user";
  message.task_id = task_id_of(value);
  message.context_id = context_id_of(value);
  message.parts = decode_parts(value);
  return message;
}

A2aStatus decode_status(const json* value) {
  A2aStatus status;
  if (value == nullptr) return status;
  status.spelled = value->is_string() ? cut_text(value->get_ref<const std::string&>(), 64)
                                      : text_member(*value, {"state"}, 64);
  status.state = task_state(status.spelled);
  if (const json* message = member(*value, {"message", "update"});
      message != nullptr && message->is_object()) {
    status.message = decode_message(*message);
  }
  return status;
}

A2aArtifact decode_artifact(const json& value) {
  return {text_member(value, {"artifactId", "artifact_id"}, max_id),
          text_member(value, {"name"}, max_file_name), decode_parts(value)};
}

A2aTask decode_task(const json& value) {
  A2aTask task;
  task.id = text_member(value, {"id", "taskId", "task_id"}, max_id);
  task.context_id = context_id_of(value);
  task.status = decode_status(member(value, {"status"}));
  if (const json* artifacts = list_member(value, {"artifacts"})) {
    for (const json& artifact : *artifacts) {
      if (task.artifacts.size() >= max_artifacts) break;
      task.artifacts.push_back(decode_artifact(artifact));
    }
  }
  if (const json* history = list_member(value, {"history"})) {
    const std::size_t skipped = history->size() > max_history ? history->size() - max_history : 0;
    for (std::size_t at = skipped; at < history->size(); ++at) {
      task.history.push_back(decode_message((*history)[at]));
    }
  }
  return task;
}

StatusUpdate decode_status_update(const json& value) {
  return {task_id_of(value), context_id_of(value), decode_status(member(value, {"status"})),
          flag_member(value, {"final"})};
}

ArtifactUpdate decode_artifact_update(const json& value) {
  ArtifactUpdate update;
  update.task_id = task_id_of(value);
  update.context_id = context_id_of(value);
  if (const json* artifact = member(value, {"artifact"})) {
    update.artifact = decode_artifact(*artifact);
  }
  update.append = flag_member(value, {"append"});
  update.last_chunk = flag_member(value, {"lastChunk", "last_chunk"});
  return update;
}

// A result without a wrapper: 0.3, and GetTask in both versions.
A2aEvent decode_bare(const json& value) {
  const std::string kind = text_member(value, {"kind"}, 32);
  if (member(value, {"artifact"}) != nullptr) return decode_artifact_update(value);
  if (member(value, {"status"}) != nullptr) {
    const bool task = member(value, {"id"}) != nullptr || member(value, {"artifacts"}) != nullptr;
    if (kind == "status-update" || (kind != "task" && !task)) return decode_status_update(value);
    return decode_task(value);
  }
  if (kind == "task") return decode_task(value);
  if (list_member(value, {"parts", "content"}) != nullptr || kind == "message") {
    return decode_message(value);
  }
  return {};
}

const json* wrapped(const json& value, Names names) {
  const json* inside = member(value, names);
  return inside != nullptr && inside->is_object() ? inside : nullptr;
}

std::optional<RpcError> decode_error(const json& document) {
  const json* error = member(document, {"error"});
  if (error == nullptr) return std::nullopt;
  RpcError out;
  if (error->is_string()) {
    out.message = cut_text(error->get_ref<const std::string&>(), 2000);
    return out;
  }
  const double code = number_member(*error, {"code"}).value_or(0);
  out.code = code > -1e6 && code < 1e6 ? static_cast<int>(code) : 0;
  out.message = text_member(*error, {"message"}, 2000);
  return out;
}

json text_part(A2aVersion version, const std::string& text) {
  if (version == A2aVersion::v1_0) return {{"text", text}};
  return {{"kind", "text"}, {"text", text}};
}

json message_json(A2aVersion version, const OutgoingMessage& message) {
  json out = {{"messageId", message.message_id},
              {"role", version == A2aVersion::v1_0 ? "ROLE_USER" : "user"},
              {"parts", json::array({text_part(version, message.text)})}};
  if (version == A2aVersion::v0_3) out["kind"] = "message";
  if (!message.task_id.empty()) out["taskId"] = message.task_id;
  if (!message.context_id.empty()) out["contextId"] = message.context_id;
  return out;
}

const char* method(A2aVersion version, bool streaming) {
  if (version == A2aVersion::v1_0) return streaming ? "SendStreamingMessage" : "SendMessage";
  return streaming ? "message/stream" : "message/send";
}

}  // namespace

TaskState task_state(std::string_view spelled) {
  std::string word = lower_case(spelled);
  constexpr std::string_view prefix = "task_state_";
  if (word.starts_with(prefix)) word.erase(0, prefix.size());
  for (char& c : word) {
    if (c == '_') c = '-';
  }
  if (word == "cancelled") word = "canceled";
  for (std::size_t at = 0; at < state_names.size(); ++at) {
    if (state_names[at] == word) return static_cast<TaskState>(at);
  }
  return TaskState::unknown;
}

std::string_view name(TaskState state) { return state_names[static_cast<std::size_t>(state)]; }

bool is_terminal(TaskState state) {
  return state == TaskState::completed || state == TaskState::failed ||
         state == TaskState::canceled || state == TaskState::rejected;
}

bool is_interrupted(TaskState state) {
  return state == TaskState::input_required || state == TaskState::auth_required;
}

A2aEvent decode_event(const json& result) {
  if (!result.is_object()) return {};
  if (const json* task = wrapped(result, {"task"})) return decode_task(*task);
  if (const json* update = wrapped(result, {"statusUpdate", "status_update"})) {
    return decode_status_update(*update);
  }
  if (const json* update = wrapped(result, {"artifactUpdate", "artifact_update"})) {
    return decode_artifact_update(*update);
  }
  if (const json* message = wrapped(result, {"message", "msg"})) return decode_message(*message);
  return decode_bare(result);
}

RpcReply decode_reply(std::string_view text) {
  RpcReply reply;
  const auto document = parse_bounded(text);
  if (!document || !document->is_object()) return reply;
  const json* result = member(*document, {"result"});
  if (result != nullptr) {
    reply.event = decode_event(*result);
  } else {
    reply.error = decode_error(*document);
    if (!reply.error) reply.event = decode_event(*document);
  }
  reply.readable = reply.error || !std::holds_alternative<std::monostate>(reply.event);
  return reply;
}

std::string send_body(A2aVersion version, bool streaming, const OutgoingMessage& message) {
  json params = {{"message", message_json(version, message)}};
  if (version == A2aVersion::v0_3 && !streaming) params["configuration"] = {{"blocking", true}};
  if (version == A2aVersion::v1_0 && !message.tenant.empty()) params["tenant"] = message.tenant;
  return dumped({{"jsonrpc", "2.0"},
                 {"id", message.message_id},
                 {"method", method(version, streaming)},
                 {"params", std::move(params)}});
}

std::string random_uuid() {
  std::random_device random;
  std::array<std::uint32_t, 4> bits = {random(), random(), random(), random()};
  bits[1] = (bits[1] & 0xFFFF0FFFu) | 0x00004000u;  // version 4
  bits[2] = (bits[2] & 0x3FFFFFFFu) | 0x80000000u;  // variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", bits[0], bits[1] >> 16,
                     bits[1] & 0xFFFFu, bits[2] >> 16, bits[2] & 0xFFFFu, bits[3]);
}

}  // namespace catalog
