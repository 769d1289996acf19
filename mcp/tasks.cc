#include "mcp/tasks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "mcp/call.h"
#include "mcp/request_state.h"
#include "mcp/subscriptions.h"

namespace mcp {
namespace {

using Clock = std::chrono::system_clock;

constexpr int poll_interval_ms = 1000;
constexpr std::size_t most_tasks = 10'000;

// ISO 8601 in UTC, to the millisecond.
std::string timestamp(Clock::time_point time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(Clock::to_time_t(time)),
                     ms.count() % 1000);
}

OrderedJson wire_form(const Questions& questions) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [key, question] : questions) {
    out[key] = {{"method", question.method}, {"params", question.params}};
  }
  return out;
}

}  // namespace

struct Tasks::Task {
  std::string id;
  std::string principal;
  std::shared_ptr<Call> call;  // null once it has ended
  const char* status = "working";
  std::string end;  // `"result":{…}` or `"error":{…}`, as JSON members; "" while it runs
  Questions questions;
  Answers answers;
  Clock::time_point created = Clock::now();
  Clock::time_point updated = created;
  std::chrono::milliseconds ttl{};
};

OrderedJson Tasks::create(const std::shared_ptr<Call>& call, const std::string& principal,
                          std::chrono::milliseconds ttl, std::string id) {
  auto task = std::make_shared<Task>();
  task->id = id.empty() ? unguessable_id() : std::move(id);
  task->principal = principal;
  task->call = call;
  task->ttl = ttl;
  std::lock_guard lock(mutex_);
  forget_expired();
  if (tasks_.size() >= most_tasks) throw RpcError(code::internal_error, "too many tasks");
  tasks_[task->id] = task;
  return shown(*task);
}

// --- its end ------------------------------------------------------------------------------------

void Tasks::end(const std::string& id, const char* status, std::string members) {
  std::unique_lock lock(mutex_);
  const auto at = tasks_.find(id);
  if (at == tasks_.end() || at->second->call == nullptr) return;
  Task& task = *at->second;
  task.call = nullptr;
  task.questions.clear();
  task.end = std::move(members);
  changed(lock, task, status);
}

void Tasks::complete(const std::string& id, const std::string& result_members) {
  end(id, "completed", fmt::format(R"("result":{{{},"resultType":"complete"}})", result_members));
}

void Tasks::fail(const std::string& id, const RpcError& error) {
  OrderedJson body = {{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  end(id, "failed", R"("error":)" + dump(body));
}

void Tasks::cancelled(const std::string& id) { end(id, "cancelled", ""); }

// --- its owner ----------------------------------------------------------------------------------

OrderedJson Tasks::task(const std::string& id, const std::string& principal) {
  std::lock_guard lock(mutex_);
  return shown(find(id, principal));
}

void Tasks::cancel(const std::string& id, const std::string& principal) {
  std::shared_ptr<Call> call;
  {
    std::lock_guard lock(mutex_);
    call = find(id, principal).call;
  }
  if (call == nullptr) return;  // it has ended: nothing is left to cancel
  cancelled(id);
  call->cancel();
}

void Tasks::update(const std::string& id, const std::string& principal, const Json& responses) {
  std::unique_lock lock(mutex_);
  Task& task = find(id, principal);
  for (auto at = task.questions.begin(); at != task.questions.end();) {
    const auto response = responses.find(at->first);
    const bool answered = response != responses.end() && fits(*response, at->second);
    if (answered) task.answers[at->first] = *response;
    at = answered ? task.questions.erase(at) : std::next(at);
  }
  answered_.notify_all();
  changed(lock, task, task.questions.empty() && task.end.empty() ? "working" : task.status);
}

Answers Tasks::ask(const std::string& id, const Questions& questions, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto at = tasks_.find(id);
  if (at == tasks_.end()) return {};
  const std::shared_ptr<Task> task = at->second;
  task->questions = questions;
  task->answers.clear();
  changed(lock, *task, "input_required");
  lock.lock();
  answered_.wait(lock, stop, [&] { return task->questions.empty(); });
  return std::move(task->answers);
}

void Tasks::adopt(const std::shared_ptr<Call>& call) {
  std::lock_guard lock(mutex_);
  std::erase_if(adopted_, [](const auto& known) { return known.expired(); });
  adopted_.push_back(call);
}

void Tasks::stop_all() {
  std::vector<std::shared_ptr<Call>> running;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, task] : tasks_) {
      if (task->call) running.push_back(task->call);
    }
    for (const auto& known : adopted_) {
      if (auto call = known.lock()) running.push_back(std::move(call));
    }
  }
  for (const auto& call : running) call->cancel();
}

// --- within the lock ----------------------------------------------------------------------------

Tasks::Task& Tasks::find(const std::string& id, const std::string& principal) {
  forget_expired();
  const auto at = tasks_.find(id);
  if (at == tasks_.end() || at->second->principal != principal) {
    throw RpcError(code::invalid_params, "there is no such task");
  }
  return *at->second;
}

OrderedJson Tasks::shown(const Task& task) const {
  OrderedJson out = {{"taskId", task.id},
                     {"status", task.status},
                     {"createdAt", timestamp(task.created)},
                     {"lastUpdatedAt", timestamp(task.updated)},
                     {"ttlMs", task.ttl.count()},
                     {"pollIntervalMs", poll_interval_ms}};
  if (!task.questions.empty()) out["inputRequests"] = wire_form(task.questions);
  if (!task.end.empty()) out.update(OrderedJson::parse("{" + task.end + "}"));
  return out;
}

// Gives the lock back, because who listens is told outside of it.
void Tasks::changed(std::unique_lock<std::mutex>& lock, Task& task, const char* status) {
  task.status = status;
  task.updated = Clock::now();
  const OrderedJson params = shown(task);
  const std::string id = task.id;
  lock.unlock();
  subscriptions_.task_changed(id, params);
}

void Tasks::forget_expired() {
  const auto now = Clock::now();
  std::erase_if(tasks_, [now](const auto& entry) {
    const Task& task = *entry.second;
    return task.call == nullptr && task.updated + task.ttl < now;
  });
}

}  // namespace mcp
