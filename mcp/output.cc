#include "mcp/output.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace mcp {
namespace {

constexpr std::size_t most_unread = std::size_t{64} << 20;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Output::Output(int fd, std::function<std::string(std::string)> filter,
               std::function<void()> on_broken)
    : fd_(fd),
      channel_(choose_channel(fd)),
      filter_(std::move(filter)),
      on_broken_(std::move(on_broken)) {}

Output::~Output() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (drainer_.joinable()) drainer_.join();
  if (channel_ == Channel::own_description) ::close(fd_);
}

// O_NONBLOCK belongs to the open file description, which we may share with a shell; so a pipe or
// terminal is opened once more for ourselves. A socket can be told per send.
Output::Channel Output::choose_channel(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return Channel::shared_description;
  if (S_ISSOCK(about.st_mode)) return Channel::socket;
  if (!S_ISFIFO(about.st_mode) && !S_ISCHR(about.st_mode)) return Channel::shared_description;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (own < 0) return Channel::shared_description;
  fd_ = own;
  return Channel::own_description;
}

// Like write(2), but -1 with EAGAIN instead of waiting.
long Output::send_some(const char* bytes, std::size_t size) {
  if (channel_ == Channel::socket) return ::send(fd_, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (channel_ == Channel::own_description) return ::write(fd_, bytes, size);
  pollfd p{fd_, POLLOUT, 0};
  if (::poll(&p, 1, 0) == 0) return errno = EAGAIN, -1;
  // A pipe that polls writable takes PIPE_BUF bytes without blocking (pipe(7)).
  return ::write(fd_, bytes, std::min<std::size_t>(size, PIPE_BUF));
}

void Output::write(std::string line) {
  if (filter_) line = filter_(std::move(line));
  line += '\n';
  std::lock_guard lock(mutex_);
  send(std::move(line));
}

bool Output::notify_if_ready(std::string line) {
  if (filter_) line = filter_(std::move(line));
  line += '\n';
  std::lock_guard lock(mutex_);
  if (broken_ || !queue_.empty()) return false;
  send(std::move(line));
  return true;
}

void Output::send(std::string line) {
  if (broken_) return;
  queued_bytes_ += line.size();
  queue_.push_back(std::move(line));
  drain();
  if (queued_bytes_ > most_unread) fail();
  if (queue_.empty()) return;
  if (!drainer_.joinable()) start_draining();
  changed_.notify_all();
}

// Where the system gives no thread the client is waited for here, but not for long.
void Output::start_draining() try {
  drainer_ = std::thread([this] { drain_later(); });
} catch (const std::system_error&) {
  pollfd p{fd_, POLLOUT, 0};
  while (!queue_.empty() && ::poll(&p, 1, 5000) > 0) drain();
}

// Sends what the client takes now.
void Output::drain() {
  while (!queue_.empty()) {
    const std::string& first = queue_.front();
    const long n = send_some(first.data() + sent_of_first_, first.size() - sent_of_first_);
    if (n < 0 && would_block(errno)) return;
    if (n < 0) return fail();
    sent_of_first_ += static_cast<std::size_t>(n);
    queued_bytes_ -= static_cast<std::size_t>(n);
    if (sent_of_first_ < first.size()) continue;
    queue_.pop_front();
    sent_of_first_ = 0;
  }
  changed_.notify_all();
}

void Output::fail() {
  if (broken_) return;
  broken_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  changed_.notify_all();
  if (on_broken_) on_broken_();
}

void Output::drain_later() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    lock.unlock();
    pollfd p{fd_, POLLOUT, 0};
    ::poll(&p, 1, 100);  // bounded, so that `ending_` is seen
    lock.lock();
    drain();
  }
}

bool Output::flushed_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return queue_.empty(); });
}

bool Output::broken() const {
  std::lock_guard lock(mutex_);
  return broken_;
}

}  // namespace mcp
