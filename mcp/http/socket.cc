#include "mcp/http/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mcp {
namespace {

using namespace std::chrono;

#ifdef MSG_NOSIGNAL
constexpr int send_flags = MSG_NOSIGNAL;
#else
constexpr int send_flags = 0;  // the program ignores SIGPIPE
#endif

constexpr milliseconds polite_time{500};
constexpr std::size_t least_progress = 16 * 1024;  // of a write, within the time for a stall
constexpr std::size_t polite_bytes = 1024 * 1024;

// What a system call returned, once no signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK; }

bool poll_one(int fd, short events, milliseconds time) {
  pollfd polled{fd, events, 0};
  return uninterrupted([&] { return ::poll(&polled, 1, static_cast<int>(time.count())); }) > 0;
}

milliseconds left_until(HttpTime until) {
  return std::max(milliseconds(0), ceil<milliseconds>(until - steady_clock::now()));
}

}  // namespace

HttpSocket::HttpSocket(int fd, std::string address) : fd_(fd), address_(std::move(address)) {
  ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

HttpSocket::~HttpSocket() { ::close(fd_); }

long HttpSocket::read_some(char* bytes, std::size_t size, HttpTime until) {
  for (;;) {
    const ssize_t received = uninterrupted([&] { return ::recv(fd_, bytes, size, 0); });
    if (received >= 0) return received;
    if (!would_wait()) return 0;
    if (!poll_one(fd_, POLLIN, left_until(until))) return -1;
  }
}

long HttpSocket::send_some(std::string_view bytes) {
  const ssize_t sent =
      uninterrupted([&] { return ::send(fd_, bytes.data(), bytes.size(), send_flags); });
  if (sent >= 0) return sent;
  return would_wait() ? 0 : -1;
}

// A byte now and then does not count as taking it: such a client would hold its thread for hours.
bool HttpSocket::send_all(std::string_view bytes, milliseconds stall) {
  HttpTime until = steady_clock::now() + stall;
  for (std::size_t taken = 0; !bytes.empty();) {
    const long sent = send_some(bytes);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    taken += static_cast<std::size_t>(sent);
    if (taken >= least_progress) {
      taken = 0;
      until = steady_clock::now() + stall;
    }
    if (sent == 0 && !writable_within(left_until(until))) return false;
  }
  return true;
}

bool HttpSocket::writable_within(milliseconds time) const { return poll_one(fd_, POLLOUT, time); }

void HttpSocket::shut_down() { ::shutdown(fd_, SHUT_RDWR); }

void HttpSocket::end_politely() {
  ::shutdown(fd_, SHUT_WR);
  const HttpTime until = steady_clock::now() + polite_time;
  char ignored[4096];
  std::size_t taken = 0;
  for (long count = 1; count > 0 && taken < polite_bytes;) {
    count = read_some(ignored, sizeof ignored, until);
    taken += count > 0 ? static_cast<std::size_t>(count) : 0;
    if (steady_clock::now() >= until) return;
  }
}

}  // namespace mcp
