// The calls that outlived their caller's patience: what each was, how it stands, and its end, in
// the state file, where any process of the user finds them, also after a restart. Used by any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/state/database.h"

namespace catalog {

struct StoredTask {
  std::string id;         // 128 random bits in hexadecimal
  std::string principal;  // whose it is; "" on stdio
  std::string target;
  std::string status;  // working, input_required, auth_required, completed, failed, canceled
  std::int64_t created_ms = 0;  // unix
  std::int64_t updated_ms = 0;
  std::string text;    // of the end, of the agent's question, or so far
  std::string result;  // the structured result, as JSON; "" when there is none
  std::string remote;  // what follows it at the agent (AgentTask), as JSON; "" for a model
  std::string owner;   // the process that runs it
  bool cancel_requested = false;

  bool over() const;
};

// This process, told apart from a later one that happens to get its number.
std::string this_process();
bool is_running(const std::string& process);

class TaskStore {
 public:
  static constexpr std::chrono::hours kept{7 * 24};

  explicit TaskStore(const std::string& file);

  void add(const StoredTask& task);
  // Keeps what may change: status, text, result, remote, owner.
  void update(const StoredTask& task);
  // What a task that still works has said so far.
  void write_text(const std::string& id, const std::string& text);
  std::optional<StoredTask> find(const std::string& id, const std::string& principal);
  // For the process that runs it.
  std::optional<StoredTask> find_any(const std::string& id);
  std::vector<StoredTask> recent(const std::string& principal, int most);
  // False when there is no such task.
  bool request_cancel(const std::string& id, const std::string& principal);
  bool cancel_requested(const std::string& id);
  // Makes this process the one that works on it; false when it is not as it was: another was
  // faster.
  bool adopt(const StoredTask& task);

 private:
  std::vector<StoredTask> select(const char* sql, const Database::Bind& bind);

  Database database_;
};

}  // namespace catalog
