// One thread that watches the clients whose answers are not complete, and tells a stream that its
// client hung up: the connection's own thread waits for the answer, not for the client. Once a
// second it sees to what must be seen to from time to time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "mcp/http/stream.h"
#include "mcp/http/wake.h"

namespace mcp {

class HttpWatcher {
 public:
  HttpWatcher() = default;
  ~HttpWatcher() { stop(); }
  HttpWatcher(const HttpWatcher&) = delete;
  HttpWatcher& operator=(const HttpWatcher&) = delete;

  void start(std::function<void()> each_second);  // called once
  void stop();                                    // and joins

  // `fd` stays open until `unwatch`.
  void watch(std::shared_ptr<HttpStream> stream, int fd);
  void unwatch(const HttpStream& stream);

 private:
  struct Watched {
    std::shared_ptr<HttpStream> stream;
    int fd;
    bool hung_up;
  };

  void run();
  bool watch_once(const std::vector<Watched>& watched);
  void tick(const std::vector<Watched>& watched);
  void note_hang_up(const HttpStream& stream);

  std::function<void()> each_second_;
  HttpWake wake_;
  HttpTime next_tick_;

  std::mutex mutex_;  // guards everything below
  std::vector<Watched> watched_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace mcp
