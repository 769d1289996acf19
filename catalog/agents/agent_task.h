// A task that runs at a remote agent, with everything needed to follow, answer or cancel it later,
// also in another process. Made by the directories, kept by whoever wants to come back to it. Pure,
// on any thread.
//
// A job that a gateway is at for one of its models (a video) is kept in the same form: `directory`
// is then the gateway's name and `slug` the model. It can be followed, not answered or cancelled.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace catalog {

// A2A 1.0 section 4.1.3, 0.3 section 6.3.
enum class TaskState {
  unknown,  // absent, or a word that is not known here
  submitted,
  working,
  completed,
  failed,
  canceled,
  rejected,
  input_required,
  auth_required,
};

TaskState task_state(std::string_view spelled);  // "TASK_STATE_INPUT_REQUIRED", "input-required", …
std::string_view name(TaskState state);          // "input-required"
bool is_terminal(TaskState state);               // completed, failed, canceled, rejected
bool is_interrupted(TaskState state);            // the agent waits for its caller

inline constexpr std::string_view job_route = "job";

struct AgentTask {
  std::string directory;  // its name here
  std::string slug;
  std::string endpoint;  // the URL of the interface that knows the task
  std::string binding;   // "JSONRPC" or "HTTP+JSON"
  std::string version;   // "1.0" or "0.3": what the endpoint turned out to speak
  std::string tenant;
  std::string task_id;     // the agent's own
  std::string context_id;  // the agent's own
  std::string route;       // how it was sent: "direct", "gateway", or `job_route`
  bool streaming = false;  // whether the agent offers to be subscribed to

  bool is_job() const { return route == job_route; }
};

// As JSON text, and back; nothing when the text is not such a task (no directory, slug or id).
std::string to_text(const AgentTask& task);
std::optional<AgentTask> agent_task(std::string_view text);

}  // namespace catalog
