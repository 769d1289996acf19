#include "mcp/input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace mcp {
namespace {

constexpr std::size_t piece = 16 * 1024;
constexpr std::size_t keep_at_most = 1024 * 1024;  // a buffer grown by one huge line is given back

std::string_view trimmed(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line.find_first_not_of(" \t") == std::string_view::npos ? std::string_view() : line;
}

}  // namespace

Input::Input(int fd, int wake_fd, std::size_t most_bytes_per_line)
    : fd_(fd), wake_fd_(wake_fd), most_(most_bytes_per_line) {}

Input::Next Input::next() {
  for (;;) {
    const std::size_t newline = buffer_.find('\n', scanned_);
    if (newline != std::string::npos) {
      const std::size_t length = newline - begin_;
      take(length, newline + 1);
      if (std::exchange(skipping_, false) || line_.empty()) continue;
      return length > most_ ? Next::too_long : Next::line;
    }
    scanned_ = buffer_.size();
    if (skipping_) begin_ = scanned_;
    if (buffer_.size() - begin_ > most_) {
      skipping_ = true;  // the rest is dropped as it comes
      return Next::too_long;
    }
    if (ended_) return last_line();
    if (!read_more()) return Next::end;
  }
}

void Input::take(std::size_t length, std::size_t next_begin) {
  line_ = trimmed(std::string_view(buffer_).substr(begin_, length));
  begin_ = scanned_ = next_begin;
}

// The last line may lack its newline.
Input::Next Input::last_line() {
  take(buffer_.size() - begin_, buffer_.size());
  return line_.empty() ? Next::end : Next::line;
}

bool Input::read_more() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  if (buffer_.empty() && buffer_.capacity() > keep_at_most) buffer_ = std::string();
  pollfd fds[] = {{fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
  while (::poll(fds, 2, -1) < 0) {
    if (errno != EINTR) return false;
  }
  if (fds[1].revents != 0) return false;
  char bytes[piece];
  const ssize_t n = ::read(fd_, bytes, sizeof bytes);
  if (n > 0) buffer_.append(bytes, static_cast<std::size_t>(n));
  ended_ = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
  return true;
}

}  // namespace mcp
