// A TCP proxy on loopback between a client and a fake upstream, which breaks the connection as
// exactly as a test says: after so many bytes in either direction, by closing, by a reset, or by
// falling silent; and which can let the answer through in small pieces. Knows nothing of HTTP.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

struct Fault {
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
  enum class How { close, reset, stall };

  How how = How::close;
  std::size_t after_request = never;   // bytes that still reach the upstream
  std::size_t after_response = never;  // bytes that still reach the client
  std::size_t piece = 0;               // the answer in pieces of that many bytes; 0: as it comes
  std::chrono::microseconds pause{};   // between them
  std::string instead;                 // sent to the client when the fault happens
};

class FaultProxy {
 public:
  // `fault_of` says what happens to each connection, numbered from 0.
  FaultProxy(int upstream_port, std::function<Fault(std::size_t connection)> fault_of);
  ~FaultProxy();  // closes every connection and joins

  std::string url() const;  // "http://127.0.0.1:PORT"
  std::size_t connections() const { return connections_; }

 private:
  void accept_loop();
  void serve(int client, const Fault& fault);
  // Returns false when the connection is over.
  bool pass(int from, int to, std::size_t& left, const Fault& fault, bool answering);
  void break_off(int client, const Fault& fault);

  const int upstream_port_;
  std::function<Fault(std::size_t)> fault_of_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> connections_{0};
  std::vector<std::thread> threads_;  // only the acceptor adds to it
  std::thread acceptor_;
};

}  // namespace tests
