// Threads that are started when there is something to do and joined when it is done. Used by any
// thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace mcp {

class HttpThreads {
 public:
  HttpThreads() = default;
  ~HttpThreads() { join(); }
  HttpThreads(const HttpThreads&) = delete;
  HttpThreads& operator=(const HttpThreads&) = delete;

  // False when there is no thread to be had; `task` has not run then.
  bool start(std::function<void()> task);
  // Waits for all of them. None may be started any more.
  void join();

 private:
  using Threads = std::list<std::thread>;

  void retire(Threads::iterator self);
  void join_finished();

  std::mutex mutex_;  // guards everything below
  std::condition_variable retired_;
  Threads running_;
  Threads finished_;  // ended, to be joined
};

}  // namespace mcp
