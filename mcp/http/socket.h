// A connected TCP socket that never blocks by itself: every wait has a limit, and one `shut_down`
// from any thread ends them all. Read by the connection's thread; written by whoever answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace mcp {

using HttpTime = std::chrono::steady_clock::time_point;

class HttpSocket {
 public:
  // Takes ownership of `fd`.
  HttpSocket(int fd, std::string address);
  ~HttpSocket();
  HttpSocket(const HttpSocket&) = delete;
  HttpSocket& operator=(const HttpSocket&) = delete;

  int fd() const { return fd_; }
  const std::string& address() const { return address_; }  // of the client, without its port

  // Waits until then for bytes. The number read, 0 when there will be none, -1 when the time is
  // over.
  long read_some(char* bytes, std::size_t size, HttpTime until);
  // Hands over what the client takes right now: the number of bytes, -1 when the client is gone.
  long send_some(std::string_view bytes);
  // Waits until it takes all; false when it is gone or has taken next to nothing for `stall`.
  bool send_all(std::string_view bytes, std::chrono::milliseconds stall);
  // Waits until the client takes more; false when the time is over first.
  bool writable_within(std::chrono::milliseconds time) const;

  // Nothing is sent or received any more.
  void shut_down();
  // Ends our side, then takes what the client still sends, for a moment: closing a socket with
  // unread bytes resets it, and the client would lose the answer that says why.
  void end_politely();

 private:
  const int fd_;
  const std::string address_;
};

}  // namespace mcp
