#include "mcp/http/wake.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mcp {

HttpWake::HttpWake() {
  if (::pipe(ends_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (int end : ends_) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
}

HttpWake::~HttpWake() {
  for (int end : ends_) ::close(end);
}

void HttpWake::wake() {
  const int error = errno;  // a signal handler leaves it as it was
  const char byte = 0;
  // A full pipe has woken the thread already.
  if (::write(ends_[1], &byte, 1) < 0) errno = error;
}

void HttpWake::wait() {
  pollfd polled{ends_[0], POLLIN, 0};
  while (::poll(&polled, 1, -1) < 0 && errno == EINTR) {
  }
}

void HttpWake::reset() {
  char ignored[256];
  while (::read(ends_[0], ignored, sizeof ignored) > 0) {
  }
}

}  // namespace mcp
