// Reads the head of a response line by line, as libcurl hands it over. Interim (1xx) heads are
// forgotten, and so are trailers: only what describes the answer is kept. Pure; one per exchange.
#pragma once

#include <cstddef>
#include <string_view>

#include "catalog/transfers.h"

namespace catalog {

class HeadReader {
 public:
  explicit HeadReader(ResponseHead& head) : head_(head) {}

  // `text` with or without its line end. True when the head is complete with it; from then on
  // everything is ignored. Throws UpstreamError{malformed} when the head grows past 64 KiB.
  bool line(std::string_view text);
  // The head ends here: for answers that begin without a blank line of their own.
  void end();
  bool complete() const { return complete_; }

 private:
  void status_line(std::string_view text);
  void field(std::string_view text);

  ResponseHead& head_;
  std::size_t bytes_ = 0;
  bool complete_ = false;
};

// How long the server will keep the connection open after this answer, where it says so: zero for
// "Connection: close", a second less than a "Keep-Alive: timeout", else `otherwise`.
std::chrono::milliseconds keep_alive(const ResponseHead& head, std::chrono::milliseconds otherwise);

}  // namespace catalog
