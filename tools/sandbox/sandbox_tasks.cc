#include "tools/sandbox/sandbox_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "catalog/base64.h"
#include "tools/long_text.h"
#include "tools/sandbox/sandbox_questions.h"

namespace tools {
namespace {

using nlohmann::json;

constexpr std::size_t most_kept = 1000;

std::string_view spelled(SandboxA2a version, SandboxTaskState state) {
  static constexpr std::array<std::array<std::string_view, 2>, 5> spellings = {{
      {"TASK_STATE_SUBMITTED", "submitted"},
      {"TASK_STATE_WORKING", "working"},
      {"TASK_STATE_INPUT_REQUIRED", "input-required"},
      {"TASK_STATE_COMPLETED", "completed"},
      {"TASK_STATE_CANCELED", "canceled"},
  }};
  return spellings[static_cast<std::size_t>(state)][static_cast<std::size_t>(version)];
}

json text_part(SandboxA2a version, std::string_view text) {
  if (version == SandboxA2a::v0_3) return {{"kind", "text"}, {"text", text}};
  return {{"text", text}, {"mediaType", "text/plain"}};
}

json message_json(SandboxA2a version, const SandboxTask& task, const SandboxTurn& turn) {
  json message = {{"messageId", turn.message_id},
                  {"taskId", task.id},
                  {"contextId", task.context_id},
                  {"parts", json::array({text_part(version, turn.text)})}};
  if (version == SandboxA2a::v0_3) {
    message["kind"] = "message";
    message["role"] = turn.from_agent ? "agent" : "user";
  } else {
    message["role"] = turn.from_agent ? "ROLE_AGENT" : "ROLE_USER";
  }
  return message;
}

// What the agent has to say about the state; nothing for most of them.
std::string_view remark(const SandboxTask& task, SandboxTaskState state) {
  if (state == SandboxTaskState::working) return "the sandbox is working on it";
  if (state == SandboxTaskState::canceled) return "the sandbox has stopped";
  return state == SandboxTaskState::input_required ? std::string_view(task.question) : "";
}

json status(SandboxA2a version, const SandboxTask& task, SandboxTaskState state) {
  json result = {{"state", spelled(version, state)}};
  const std::string_view text = remark(task, state);
  if (!text.empty()) {
    const SandboxTurn turn{true, fmt::format("{}-status", task.id), std::string(text)};
    result["message"] = message_json(version, task, turn);
  }
  return result;
}

json file_part(SandboxA2a version, const SandboxFile& file) {
  const std::string base64 = catalog::base64_encoded(file.bytes);
  if (version == SandboxA2a::v1_0) {
    return {{"raw", base64}, {"filename", file.name}, {"mediaType", file.media_type}};
  }
  return {{"kind", "file"},
          {"file", {{"bytes", base64}, {"name", file.name}, {"mimeType", file.media_type}}}};
}

json artifact(SandboxA2a version, const SandboxTask& task, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t chunk = begin; chunk < end; ++chunk) text += task.chunks[chunk];
  json parts = json::array({text_part(version, text)});
  if (task.made && end == task.chunks.size()) parts.push_back(file_part(version, *task.made));
  return {{"artifactId", fmt::format("{}-result", task.id)}, {"name", "result"}, {"parts", parts}};
}

}  // namespace

std::size_t SandboxTask::chunks_made(Clock::time_point now) const {
  if (!question.empty()) return 0;
  if (pace.count() <= 0) return chunks.size();
  const auto worked = canceled.value_or(now) - started;
  return std::min(chunks.size(),
                  static_cast<std::size_t>(std::max<std::int64_t>(worked / pace, 0)));
}

SandboxTaskState SandboxTask::state(Clock::time_point now) const {
  if (canceled) return SandboxTaskState::canceled;
  if (!question.empty()) return SandboxTaskState::input_required;
  return chunks_made(now) == chunks.size() ? SandboxTaskState::completed
                                           : SandboxTaskState::working;
}

bool is_over(SandboxTaskState state) {
  return state == SandboxTaskState::completed || state == SandboxTaskState::canceled;
}

bool at_rest(SandboxTaskState state) {
  return is_over(state) || state == SandboxTaskState::input_required;
}

const SandboxFile* SandboxTask::given() const {
  for (const SandboxTurn& turn : history) {
    if (!turn.files.empty()) return &turn.files.front();
  }
  return nullptr;
}

// Another process may ask for it too, and counts anew.
std::string SandboxTasks::new_id() {
  ++issued_;
  if (folder_.empty()) return fmt::format("{}-task-{}", name_, issued_);
  return fmt::format("{}-task-{}", name_, random_id());
}

void SandboxTasks::enter(SandboxTask task) const {
  kept_.push_back(std::move(task));
  if (kept_.size() > most_kept) kept_.pop_front();
}

SandboxTask SandboxTasks::add(SandboxTask task) {
  std::lock_guard lock(mutex_);
  task.id = new_id();
  if (task.context_id.empty()) task.context_id = fmt::format("{}-context-{}", name_, issued_);
  if (!task.question.empty()) keep_question(folder_, task);
  enter(task);
  return task;
}

std::optional<SandboxTask> SandboxTasks::find(std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const SandboxTask& kept) { return kept.id == id; });
  if (found != kept_.end()) return *found;
  const bool mine = id.starts_with(name_ + "-task-");
  std::optional<SandboxTask> asked = mine ? kept_question(folder_, id) : std::nullopt;
  if (asked) enter(*asked);
  return asked;
}

bool SandboxTasks::replace(SandboxTask task) {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const SandboxTask& kept) {
    return kept.id == task.id && kept.revision == task.revision;
  });
  if (found == kept_.end()) return false;
  if (task.question.empty() || task.canceled) forget_question(folder_, task.id);
  ++task.revision;
  *found = std::move(task);
  return true;
}

json task_json(SandboxA2a version, const SandboxTask& task, SandboxTaskState state,
               std::size_t chunks, bool wrapped) {
  json result = {
      {"id", task.id}, {"contextId", task.context_id}, {"status", status(version, task, state)}};
  json history = json::array();
  for (const SandboxTurn& turn : task.history) history.push_back(message_json(version, task, turn));
  result["history"] = history;
  if (chunks > 0) result["artifacts"] = json::array({artifact(version, task, 0, chunks)});
  if (version == SandboxA2a::v0_3) {
    result["kind"] = "task";
    return result;
  }
  return wrapped ? json{{"task", result}} : result;
}

json status_json(SandboxA2a version, const SandboxTask& task, SandboxTaskState state) {
  json update = {{"taskId", task.id},
                 {"contextId", task.context_id},
                 {"status", status(version, task, state)}};
  if (version == SandboxA2a::v1_0) return {{"statusUpdate", update}};
  update["kind"] = "status-update";
  update["final"] = at_rest(state);
  return update;
}

json chunk_json(SandboxA2a version, const SandboxTask& task, std::size_t chunk) {
  json update = {{"taskId", task.id},
                 {"contextId", task.context_id},
                 {"artifact", artifact(version, task, chunk, chunk + 1)}};
  if (chunk > 0) update["append"] = true;
  if (chunk + 1 == task.chunks.size()) update["lastChunk"] = true;
  if (version == SandboxA2a::v1_0) return {{"artifactUpdate", update}};
  update["kind"] = "artifact-update";
  return update;
}

}  // namespace tools
