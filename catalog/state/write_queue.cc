#include "catalog/state/write_queue.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace catalog {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_up{50};  // at the clock, and at who is in a hurry

// Shared with the thread that waits in the kernel, which may outlive its caller.
struct Wait {
  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  bool over = false;
  bool granted = false;
  bool given_up = false;  // whoever finds this closes the file
};

bool lock(int fd) {
  int failed = 0;
  do {
    failed = ::flock(fd, LOCK_EX);
  } while (failed != 0 && errno == EINTR);
  return failed == 0;
}

void wait_in_kernel(int fd, const std::shared_ptr<Wait>& wait) {
  const bool locked = lock(fd);
  std::lock_guard guard(wait->mutex);
  wait->granted = locked;
  wait->over = true;
  if (wait->given_up) ::close(fd);
  wait->changed.notify_one();
}

// Where the system gives no thread to wait in, somebody else may come first.
std::optional<WriteTurn> look_again_and_again(int fd, const WaitUntil& until) {
  while (Clock::now() < until()) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return WriteTurn(fd);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::close(fd);
  errno = ETIMEDOUT;
  return std::nullopt;
}

}  // namespace

WriteTurn::~WriteTurn() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<WriteTurn> wait_for_turn(const std::string& file, const WaitUntil& until) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return std::nullopt;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return WriteTurn(fd);
  const auto wait = std::make_shared<Wait>();
  try {
    std::thread(wait_in_kernel, fd, wait).detach();
  } catch (const std::system_error&) {
    return look_again_and_again(fd, until);
  }
  std::unique_lock guard(wait->mutex);
  while (!wait->over && Clock::now() < until()) {
    wait->changed.wait_until(guard, std::min(until(), Clock::now() + look_up));
  }
  if (!wait->over) {
    wait->given_up = true;
    errno = ETIMEDOUT;
    return std::nullopt;
  }
  if (wait->granted) return WriteTurn(fd);
  ::close(fd);
  errno = ENOLCK;
  return std::nullopt;
}

}  // namespace catalog
