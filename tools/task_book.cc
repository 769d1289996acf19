#include "tools/task_book.h"

#include <algorithm>
#include <thread>

#include "catalog/errors.h"

namespace tools {
namespace {

using namespace std::chrono_literals;
using catalog::StoredTask;

constexpr auto look_again = 500ms;  // at a task of another process
constexpr auto written_every = 2s;  // the text so far, for when this process is gone

}  // namespace

std::string with_what_arrived(std::string_view what, std::string_view text) {
  std::string out(what);
  if (!text.empty()) out.append("\nWhat had arrived:\n").append(text);
  return out;
}

catalog::TaskStore& TaskBook::store() {
  if (!can_keep()) {
    throw catalog::Refused(catalog::Kind::unsupported, "there is no state folder to keep tasks in",
                           "The user must set HOME or XDG_STATE_HOME for this server.");
  }
  std::call_once(opened_, [this] {
    store_ = std::make_unique<catalog::TaskStore>(state_folder_ + "/state.sqlite");
  });
  return *store_;
}

// --- by who runs it -----------------------------------------------------------------------------

void TaskBook::begin(StoredTask task, std::function<void()> stop) {
  task.owner = catalog::this_process();
  store().add(task);
  std::lock_guard lock(mutex_);
  running_[task.id] = {std::move(stop), {}, {}, {}};
}

void TaskBook::heard(const std::string& id, const std::string& text_so_far) {
  {
    std::lock_guard lock(mutex_);
    const auto at = running_.find(id);
    if (at == running_.end() || at->second.text == text_so_far) return;
    at->second.text = text_so_far;
    const auto now = std::chrono::steady_clock::now();
    if (now - at->second.written < written_every) return;
    at->second.written = now;
  }
  store().write_text(id, text_so_far);
}

void TaskBook::remember(const std::string& id, const std::string& remote) {
  auto task = store().find_any(id);
  if (!task) return;
  task->remote = remote;
  store().update(*task);
}

void TaskBook::end(const std::string& id, const std::string& status, const std::string& text,
                   const mcp::OrderedJson& result) {
  if (auto task = store().find_any(id)) {
    task->status = status;
    task->text = text;
    task->result = result.is_null() ? "" : mcp::dump(result);
    store().update(*task);
  }
  std::lock_guard lock(mutex_);
  running_.erase(id);
  changed_.notify_all();
}

void TaskBook::let_go(const std::string& id) {
  std::lock_guard lock(mutex_);
  running_.erase(id);
  changed_.notify_all();
}

bool TaskBook::cancel_requested(const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    const auto at = running_.find(id);
    const auto now = std::chrono::steady_clock::now();
    if (at == running_.end() || now - at->second.looked < 1s) return false;
    at->second.looked = now;
  }
  return store().cancel_requested(id);
}

// --- by who asks --------------------------------------------------------------------------------

StoredTask TaskBook::find(const std::string& id, const std::string& principal) {
  auto task = store().find(id, principal);
  if (!task) {
    throw catalog::Refused(catalog::Kind::not_found,
                           "there is no task \"" + id.substr(0, 64) + "\"",
                           "get_task without an id lists the recent ones.");
  }
  const bool lost = task->status == "working" && task->remote.empty() && !runs_here(id) &&
                    !catalog::is_running(task->owner);
  if (lost) {
    task->status = "failed";
    task->text = with_what_arrived(interrupted, task->text);
    store().update(*task);
  }
  // An end is written before its task leaves running_: the text is then the end's already.
  if (task->status != "working") return *task;
  std::lock_guard lock(mutex_);
  const auto at = running_.find(id);
  if (at != running_.end()) task->text = at->second.text;
  return *task;
}

StoredTask TaskBook::wait(const std::string& id, const std::string& principal,
                          std::chrono::steady_clock::time_point until, std::stop_token stop) {
  for (;;) {
    StoredTask task = find(id, principal);
    const auto now = std::chrono::steady_clock::now();
    if (task.status != "working" || now >= until || stop.stop_requested()) return task;
    const auto next = std::min(until, now + look_again);
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, next, [&] { return running_.count(id) == 0; });
    const bool elsewhere = running_.count(id) == 0;
    lock.unlock();
    // Nothing here tells when a task of another process ends.
    if (elsewhere) std::this_thread::sleep_until(std::min(next, now + look_again));
  }
}

std::vector<StoredTask> TaskBook::recent(const std::string& principal, int most) {
  return can_keep() ? store().recent(principal, most) : std::vector<StoredTask>();
}

StoredTask TaskBook::cancel(const std::string& id, const std::string& principal) {
  StoredTask task = find(id, principal);
  if (task.over()) return task;
  store().request_cancel(id, principal);
  std::function<void()> stop;
  {
    std::lock_guard lock(mutex_);
    const auto at = running_.find(id);
    if (at != running_.end()) stop = at->second.stop;
  }
  if (stop) stop();
  return task;
}

bool TaskBook::left_behind(const StoredTask& task) {
  const bool mine = task.owner == catalog::this_process();
  return task.status == "working" && !task.remote.empty() && !runs_here(task.id) &&
         (mine || !catalog::is_running(task.owner));
}

bool TaskBook::take_over(const StoredTask& task, std::function<void()> stop) {
  {
    std::lock_guard lock(mutex_);
    if (!running_.try_emplace(task.id, Running{std::move(stop), {}, {}, {}}).second) return false;
  }
  if (store().adopt(task)) return true;
  std::lock_guard lock(mutex_);
  running_.erase(task.id);
  return false;
}

bool TaskBook::runs_here(const std::string& id) {
  std::lock_guard lock(mutex_);
  return running_.count(id) != 0;
}

}  // namespace tools
