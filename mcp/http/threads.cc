#include "mcp/http/threads.h"

#include <system_error>

namespace mcp {

bool HttpThreads::start(std::function<void()> task) {
  join_finished();
  std::lock_guard lock(mutex_);
  const auto self = running_.emplace(running_.end());
  try {
    *self = std::thread([this, self, task = std::move(task)]() mutable {
      task();
      task = nullptr;  // what it holds goes before the thread counts as finished
      retire(self);
    });
    return true;
  } catch (const std::system_error&) {
    running_.erase(self);
    return false;
  }
}

void HttpThreads::join() {
  std::unique_lock lock(mutex_);
  retired_.wait(lock, [this] { return running_.empty(); });
  lock.unlock();
  join_finished();
}

void HttpThreads::retire(Threads::iterator self) {
  std::lock_guard lock(mutex_);
  finished_.splice(finished_.end(), running_, self);
  retired_.notify_all();
}

void HttpThreads::join_finished() {
  Threads ended;
  {
    std::lock_guard lock(mutex_);
    ended.swap(finished_);
  }
  for (std::thread& thread : ended) thread.join();
}

}  // namespace mcp
