#include "catalog/agents/a2a_message.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "catalog/agents/bounded_json.h"
#include "catalog/base64.h"
#include "catalog/clean_text.h"

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
constexpr std::size_t max_listed = 100;

// Why the bytes of a file are not there; "" when they are, or when there is only an address.
std::string read_bytes(const json* base64, A2aPart& part) {
  if (base64 == nullptr || !base64->is_string()) return part.file.url.empty() ? "no content" : "";
  const auto& text = base64->get_ref<const std::string&>();
  part.file_size = text.size() / 4 * 3;
  if (part.file_size > max_file_bytes + 2) return "too large to be taken";
  auto bytes = base64_decoded(text);
  if (!bytes) return "not valid base64";
  part.file_size = bytes->size();
  part.file.bytes = std::move(*bytes);
  return {};
}

void read_file(const json& holder, A2aPart& part) {
  part.type = A2aPart::Type::file;
  part.file.name = text_member(holder, {"filename", "name"}, max_file_name);
  part.file.media_type =
      text_member(holder, {"mediaType", "media_type", "mimeType", "mime_type"}, 128);
  part.file.url = text_member(holder, {"url", "uri", "fileWithUri", "file_with_uri"}, max_file_url);
  part.file_problem =
      read_bytes(member(holder, {"raw", "bytes", "fileWithBytes", "file_with_bytes"}), part);
}

std::optional<A2aPart> decode_part(const json& value) {
  A2aPart part;
  if (const json* text = member(value, {"text"}); text != nullptr && text->is_string()) {
    part.text = clean_text(text->get_ref<const std::string&>());
    return part;
  }
  if (const json* file = member(value, {"file"}); file != nullptr && file->is_object()) {
    read_file(*file, part);
    return part;
  }
  if (const json* data = member(value, {"data"})) {
    part.type = A2aPart::Type::data;
    part.text = clean_text(dumped(*data));
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

std::string task_id_of(const json& value) { return id_member(value, {"taskId", "task_id"}); }

std::string context_id_of(const json& value) {
  return id_member(value, {"contextId", "context_id"});
}

A2aMessage decode_message(const json& value) {
  A2aMessage message;
  const std::string role = lower_case(text_member(value, {"role"}, 64));
  message.from_agent = role != "user" && role != "role_user";
  message.id = id_member(value, {"messageId", "message_id"});
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
  task.id = id_member(value, {"id", "taskId", "task_id"});
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

// ErrorInfo of A2A 1.0 (section 5.4): over HTTP the code is the status, and the reason says more.
constexpr std::array<std::pair<std::string_view, int>, 9> reasons = {{
    {"TASK_NOT_FOUND", -32001},
    {"TASK_NOT_CANCELABLE", -32002},
    {"PUSH_NOTIFICATION_NOT_SUPPORTED", -32003},
    {"UNSUPPORTED_OPERATION", -32004},
    {"CONTENT_TYPE_NOT_SUPPORTED", -32005},
    {"INVALID_AGENT_RESPONSE", -32006},
    {"EXTENDED_AGENT_CARD_NOT_CONFIGURED", -32007},
    {"EXTENSION_SUPPORT_REQUIRED", -32008},
    {"VERSION_NOT_SUPPORTED", -32009},
}};

int code_of_reason(const json& error) {
  const json* details = list_member(error, {"details", "data"});
  if (details == nullptr) return 0;
  for (const json& detail : *details) {
    const std::string reason = text_member(detail, {"reason"}, 64);
    for (const auto& [word, code] : reasons) {
      if (word == reason) return code;
    }
  }
  return 0;
}

int code_of(const json& error) {
  const double code = number_member(error, {"code"}).value_or(0);
  const int number = code > -1e6 && code < 1e6 ? static_cast<int>(code) : 0;
  const int by_reason = number < 0 ? 0 : code_of_reason(error);
  return by_reason != 0 ? by_reason : number;
}

std::optional<RpcError> decode_error(const json& document) {
  const json* error = member(document, {"error"});
  // 0.3 over HTTP: the error stands bare.
  const bool bare = error == nullptr && number_member(document, {"code"}).value_or(0) < 0;
  if (bare) error = &document;
  if (error == nullptr) return std::nullopt;
  RpcError out;
  if (error->is_string()) {
    out.message = clean_text(cut_text(error->get_ref<const std::string&>(), 2000));
    return out;
  }
  out.code = code_of(*error);
  out.message = text_member(*error, {"message"}, 2000);
  return out;
}

}  // namespace

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

std::optional<TaskPage> decode_task_page(std::string_view text) {
  const auto document = parse_bounded(text);
  if (!document) return std::nullopt;
  const json* result = member(*document, {"result"});
  const json& holder = result != nullptr ? *result : *document;
  const json* tasks = list_member(holder, {"tasks"});
  if (tasks == nullptr) return std::nullopt;
  TaskPage page;
  for (const json& task : *tasks) {
    if (page.tasks.size() >= max_listed) break;
    if (task.is_object()) page.tasks.push_back(decode_task(task));
  }
  page.next_page_token = text_member(holder, {"nextPageToken", "next_page_token"}, max_id);
  return page;
}

}  // namespace catalog
