// What comes in on a connection, within limits of size and time: whole heads, each looked at before
// anybody else sees it, and the bytes that follow. Used by the thread that serves the connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "mcp/http/request.h"
#include "mcp/http/socket.h"

namespace mcp {

struct HttpLimits {
  std::size_t head_bytes = std::size_t{32} << 10;  // request line and headers
  std::size_t body_bytes = std::size_t{8} << 20;
  std::chrono::milliseconds head_time{10'000};  // from its first byte to its last
  std::chrono::milliseconds body_time{60'000};
  std::chrono::milliseconds idle_time{60'000};   // between requests
  std::chrono::milliseconds stall_time{60'000};  // a write that does not move
  std::size_t connections = 2000;
};

class HttpReader {
 public:
  HttpReader(HttpSocket& socket, const HttpLimits& limits) : socket_(socket), limits_(limits) {}

  // Waits for the next request and reads its head. False when none will come; a request that cannot
  // be taken is told by `problem`, and nothing can be read after it.
  bool next(HttpRequest& request, HttpProblem& problem);
  // Reads of what follows the head, asking for it first when the client waits for that. 0: it is
  // cut short; -1: it did not come in time.
  long read_some(char* bytes, std::size_t size);
  bool is_late() const { return late_; }

 private:
  enum class Fill { more, over, late };
  std::string_view unread() const { return std::string_view(buffer_).substr(begin_); }
  void consume(std::size_t count) { begin_ += count; }
  Fill fill(HttpTime until);
  HttpProblem fill_head(std::size_t& size, bool& over);

  HttpSocket& socket_;
  const HttpLimits& limits_;
  std::string buffer_;  // received; read up to `begin_`
  std::size_t begin_ = 0;
  HttpTime body_until_;
  bool awaits_asking_ = false;  // the client waits to be asked for the body
  bool late_ = false;
};

}  // namespace mcp
