// The calls that go on after their answer has left, and those that an agent has put on hold: kept
// in the state file, followed by whoever asks. A call is run by the process that started it; any
// process of the user may read it and ask that it be cancelled. Used by any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/state/task_store.h"
#include "mcp/json.h"

namespace tools {

inline constexpr std::string_view interrupted =
    "interrupted: the program that ran this call has ended. What it spent is billed.";

// How a call ended that was stopped, with the text that had come by then.
std::string with_what_arrived(std::string_view what, std::string_view text);

class TaskBook {
 public:
  // The file is opened by the first task, not before. An empty folder: no tasks can be kept, and
  // everything that needs one throws Refused{unsupported}.
  explicit TaskBook(std::string state_folder) : state_folder_(std::move(state_folder)) {}

  bool can_keep() const { return !state_folder_.empty(); }

  // Enters a task of this process. `stop` is called when it is to be cancelled, on any thread.
  void begin(catalog::StoredTask task, std::function<void()> stop);
  // Its text so far, for who asks meanwhile, and now and then for who asks when this process has
  // gone.
  void heard(const std::string& id, const std::string& text_so_far);
  // What follows it at the agent.
  void remember(const std::string& id, const std::string& remote);
  // Its end, or the agent's question.
  void end(const std::string& id, const std::string& status, const std::string& text,
           const mcp::OrderedJson& result);
  // It goes on elsewhere, and nobody here follows it any more.
  void let_go(const std::string& id);
  // Whether another process asked that it be cancelled; looks at most once a second.
  bool cancel_requested(const std::string& id);

  // The task as it stands, with its text so far. A model call whose process has gone is failed:
  // interrupted. Throws Refused{not_found} for an id that is unknown or somebody else's.
  catalog::StoredTask find(const std::string& id, const std::string& principal);
  // The same, once it is no longer working or the time has come.
  catalog::StoredTask wait(const std::string& id, const std::string& principal,
                           std::chrono::steady_clock::time_point until, std::stop_token stop);
  std::vector<catalog::StoredTask> recent(const std::string& principal, int most);
  // Cancels it where it runs. Throws as `find`.
  catalog::StoredTask cancel(const std::string& id, const std::string& principal);
  // Whether the task works on at its agent while no process of ours follows it.
  bool left_behind(const catalog::StoredTask& task);
  // Works on a kept task from here: as `begin`. False when somebody else does already.
  bool take_over(const catalog::StoredTask& task, std::function<void()> stop);

 private:
  struct Running {
    std::function<void()> stop;
    std::string text;
    std::chrono::steady_clock::time_point looked{};
    std::chrono::steady_clock::time_point written{};
  };

  catalog::TaskStore& store();
  bool runs_here(const std::string& id);

  const std::string state_folder_;
  std::once_flag opened_;
  std::unique_ptr<catalog::TaskStore> store_;
  std::mutex mutex_;  // guards running_
  std::condition_variable_any changed_;
  std::map<std::string, Running> running_;
};

}  // namespace tools
