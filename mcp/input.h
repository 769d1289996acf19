// Lines from a client, out of a descriptor that delivers them in any pieces. Used by one thread at
// a time: the one that reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mcp {

class Input {
 public:
  // Reads from `fd` until it ends or until `wake_fd` becomes readable.
  Input(int fd, int wake_fd, std::size_t most_bytes_per_line = std::size_t{8} << 20);

  enum class Next { line, too_long, end };
  // Blocks for the next line that is not blank. A line past the limit is dropped whole.
  Next next();
  // The line without its end; valid until `next` is called again.
  std::string_view line() const { return line_; }
  // Whether `next` would return at once, whatever the descriptor has to give.
  bool ready() const { return ended_ || buffer_.find('\n', scanned_) != std::string::npos; }

 private:
  bool read_more();
  void take(std::size_t length, std::size_t next_begin);
  Next last_line();

  const int fd_;
  const int wake_fd_;
  const std::size_t most_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what has not been handed out
  std::size_t scanned_ = 0;  // up to here there is no newline
  std::string_view line_;
  bool skipping_ = false;  // inside a line that was too long
  bool ended_ = false;
};

}  // namespace mcp
