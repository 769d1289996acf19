// Calls that are answered with a task (extension io.modelcontextprotocol/tasks, 2026-07-28): the
// reply leaves early with a handle, the call goes on where it is, and its end is kept for who asks.
// In memory; used by the threads that run calls and by those that ask.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mcp/errors.h"
#include "mcp/json.h"
#include "mcp/questions.h"

namespace mcp {

class Call;
class Subscriptions;

inline constexpr const char* tasks_extension = "io.modelcontextprotocol/tasks";

class Tasks {
 public:
  explicit Tasks(Subscriptions& subscriptions) : subscriptions_(subscriptions) {}

  // Makes the call a task that any of its principal's requests may ask for, and returns the members
  // of its first answer. `id`: a name nobody can guess; empty: one is made.
  OrderedJson create(const std::shared_ptr<Call>& call, const std::string& principal,
                     std::chrono::milliseconds ttl, std::string id);
  // The end of a task: a tool's result (members as JSON text), a JSON-RPC error, or cancelled.
  void complete(const std::string& id, const std::string& result_members);
  void fail(const std::string& id, const RpcError& error);
  void cancelled(const std::string& id);

  // The whole task as its owner sees it. Throws RpcError{invalid_params} for an id that is unknown
  // or somebody else's: the two look the same.
  OrderedJson task(const std::string& id, const std::string& principal);
  void cancel(const std::string& id, const std::string& principal);
  // Answers to what the task asked for (`inputResponses`); unknown keys are ignored.
  void update(const std::string& id, const std::string& principal, const Json& responses);

  // Blocks a task until its questions are answered; throws nothing, returns less when stopped.
  Answers ask(const std::string& id, const Questions& questions, const std::stop_token& stop);
  // A call whose answer has left while it works on, for `stop_all`.
  void adopt(const std::shared_ptr<Call>& call);
  // Stops every call that still runs: the program ends.
  void stop_all();

 private:
  struct Task;
  Task& find(const std::string& id, const std::string& principal);
  OrderedJson shown(const Task& task) const;
  void changed(std::unique_lock<std::mutex>& lock, Task& task, const char* status);
  void end(const std::string& id, const char* status, std::string members);
  void forget_expired();

  Subscriptions& subscriptions_;
  std::mutex mutex_;  // guards both below
  std::condition_variable_any answered_;
  std::map<std::string, std::shared_ptr<Task>> tasks_;
  std::vector<std::weak_ptr<Call>> adopted_;
};

}  // namespace mcp
