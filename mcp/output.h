// Lines to a client over a pipe, socket or terminal. A line goes out at once while the client
// drains its end; otherwise it is queued and a thread, started only then, sends the rest when the
// client reads again. So the reading thread, which answers pings and hears cancellations, never
// waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "mcp/connection.h"

namespace mcp {

class Output : public Connection {
 public:
  // `filter` sees every line before it leaves (redaction); `on_broken` is called once, on the
  // writing thread, when the client is gone or has left more than 64 MiB unread.
  Output(int fd, std::function<std::string(std::string)> filter, std::function<void()> on_broken);
  ~Output() override;

  void write(std::string line) override;
  void notify(std::string line) override { write(std::move(line)); }
  bool notify_if_ready(std::string line) override;

  // Waits until everything written has been taken; false when the time is over first.
  bool flushed_within(std::chrono::milliseconds time);
  bool broken() const;

 private:
  enum class Channel { socket, own_description, shared_description };
  Channel choose_channel(int fd);
  long send_some(const char* bytes, std::size_t size);
  void send(std::string line);
  void start_draining();
  void drain();
  void fail();
  void drain_later();

  int fd_;
  const Channel channel_;
  const std::function<std::string(std::string)> filter_;
  const std::function<void()> on_broken_;

  mutable std::mutex mutex_;  // guards everything below; makes a line a line
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::size_t sent_of_first_ = 0;
  std::size_t queued_bytes_ = 0;
  bool broken_ = false;
  bool ending_ = false;
  std::thread drainer_;
};

}  // namespace mcp
