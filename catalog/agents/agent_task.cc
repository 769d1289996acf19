#include "catalog/agents/agent_task.h"

#include <array>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_id = 4096;

constexpr std::array<std::string_view, 9> state_names = {
    "unknown",  "submitted", "working",        "completed",    "failed",
    "canceled", "rejected",  "input-required", "auth-required"};

struct TextMember {
  const char* name;
  std::string AgentTask::*member;
};

constexpr std::array<TextMember, 9> text_members = {{
    {"directory", &AgentTask::directory},
    {"slug", &AgentTask::slug},
    {"endpoint", &AgentTask::endpoint},
    {"binding", &AgentTask::binding},
    {"version", &AgentTask::version},
    {"tenant", &AgentTask::tenant},
    {"task_id", &AgentTask::task_id},
    {"context_id", &AgentTask::context_id},
    {"route", &AgentTask::route},
}};

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

std::string to_text(const AgentTask& task) {
  json out = {{"streaming", task.streaming}};
  for (const TextMember& one : text_members) {
    if (!(task.*one.member).empty()) out[one.name] = task.*one.member;
  }
  return dumped(out);
}

std::optional<AgentTask> agent_task(std::string_view text) {
  const auto document = parse_bounded(text);
  if (!document) return std::nullopt;
  AgentTask task;
  for (const TextMember& one : text_members) {
    task.*one.member = text_member(*document, {one.name}, max_id);
  }
  task.streaming = flag_member(*document, {"streaming"});
  if (task.directory.empty() || task.slug.empty() || task.task_id.empty()) return std::nullopt;
  return task;
}

}  // namespace catalog
