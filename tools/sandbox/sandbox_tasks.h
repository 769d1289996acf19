// The tasks of one sandbox agent, and how they look on the wire in A2A 1.0 and 0.3. A task is
// worked on by nobody: how far it has come follows from the time since it began, so it goes on when
// its client hangs up, and anybody who asks sees the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace tools {

enum class SandboxTaskState { submitted, working, input_required, completed, canceled };

struct SandboxFile {
  std::string name;
  std::string media_type;
  std::string bytes;
};

// A message to or from the agent.
struct SandboxTurn {
  bool from_agent = false;
  std::string message_id;
  std::string text;
  std::vector<SandboxFile> files{};
};

struct SandboxTask {
  using Clock = std::chrono::steady_clock;

  std::string id;
  std::string context_id;
  std::vector<SandboxTurn> history;
  std::string question;               // what it waits for; empty: it works, or is done
  std::vector<std::string> chunks;    // of its one artifact
  std::optional<SandboxFile> made;    // the last part of the artifact
  std::chrono::milliseconds pace{0};  // of the chunks; 0: all are there at once
  Clock::time_point started;          // of the work on the chunks
  std::optional<Clock::time_point> canceled;
  std::int64_t revision = 0;  // for `replace`

  // The first file that came with a message; nullptr when none did.
  const SandboxFile* given() const;
  std::size_t chunks_made(Clock::time_point now) const;
  SandboxTaskState state(Clock::time_point now) const;
};

// Whether nothing more happens until somebody sends a message, if ever.
bool at_rest(SandboxTaskState state);
bool is_over(SandboxTaskState state);

// The newest thousand. Called by the threads of all connections. Those that wait for an answer are
// kept below the folder too, where there is one: whoever answers may be another process.
class SandboxTasks {
 public:
  SandboxTasks(std::string name, std::string folder)
      : name_(std::move(name)), folder_(std::move(folder)) {}

  // Gives it an id, and a context when it has none.
  SandboxTask add(SandboxTask task);
  std::optional<SandboxTask> find(std::string_view id) const;
  // Puts `task` in the place of the one with its id; false when somebody changed that meanwhile.
  bool replace(SandboxTask task);

 private:
  std::string new_id();
  void enter(SandboxTask task) const;

  const std::string name_;
  const std::string folder_;
  mutable std::mutex mutex_;  // guards all below
  std::int64_t issued_ = 0;
  mutable std::deque<SandboxTask> kept_;  // the newest last; read from the folder when asked for
};

enum class SandboxA2a { v1_0, v0_3 };

// A task in the given state and with its first `chunks` chunks: wrapped as `{"task": …}` in 1.0
// where `wrapped`, always bare in 0.3.
nlohmann::json task_json(SandboxA2a version, const SandboxTask& task, SandboxTaskState state,
                         std::size_t chunks, bool wrapped);
// The events of a stream (1.0 `statusUpdate` and `artifactUpdate`, 0.3 `status-update` and
// `artifact-update`).
nlohmann::json status_json(SandboxA2a version, const SandboxTask& task, SandboxTaskState state);
nlohmann::json chunk_json(SandboxA2a version, const SandboxTask& task, std::size_t chunk);

}  // namespace tools
