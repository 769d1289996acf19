#include "mcp/epoll_turn.h"

#ifdef __linux__

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace mcp {
namespace {

// A descriptor is closed with its owner.
class Owned {
 public:
  explicit Owned(int fd) : fd_(fd) {}
  ~Owned() {
    if (fd_ >= 0) ::close(fd_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  int operator*() const { return fd_; }

 private:
  int fd_;
};

// Of the two descriptors that can give the turn at most one is armed, and being woken disarms it
// (EPOLLONESHOT): that is what makes the turn one thread's.
class EpollTurn : public ReadingTurn {
 public:
  EpollTurn(int fd, int over_fd) : fd_(fd) {
    ready_ = control(EPOLL_CTL_ADD, fd_, EPOLLIN | EPOLLONESHOT) &&
             control(EPOLL_CTL_ADD, *left_, EPOLLONESHOT) &&
             control(EPOLL_CTL_ADD, over_fd, EPOLLIN);
  }

  bool ready() const { return ready_; }

  Wait wait(std::chrono::milliseconds most) override {
    epoll_event event{};
    int count = 0;
    do {
      count = ::epoll_wait(*epoll_, &event, 1, static_cast<int>(most.count()));
    } while (count < 0 && errno == EINTR);
    if (count == 0) return Wait::idle;
    passes_.load(std::memory_order_acquire);
    const bool turn = count > 0 && (event.data.fd == fd_ || event.data.fd == *left_);
    return turn ? Wait::turn : Wait::over;
  }

  void pass(bool at_once) override {
    passes_.fetch_add(1, std::memory_order_release);
    control(EPOLL_CTL_MOD, at_once ? *left_ : fd_, EPOLLIN | EPOLLONESHOT);
  }

  void end() override {}  // `over_fd` has woken everyone

 private:
  bool control(int operation, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    return ::epoll_ctl(*epoll_, operation, fd, &event) == 0;
  }

  const int fd_;
  const Owned epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  const Owned left_{::eventfd(1, EFD_CLOEXEC)};  // always readable
  // What the thread before has written is seen by the next: the kernel orders the two, but the
  // language does not know.
  std::atomic<unsigned> passes_{0};
  bool ready_ = false;
};

}  // namespace

std::unique_ptr<ReadingTurn> epoll_turn(int fd, int over_fd) {
  auto turn = std::make_unique<EpollTurn>(fd, over_fd);
  if (!turn->ready()) return nullptr;
  return turn;
}

}  // namespace mcp

#else

namespace mcp {

std::unique_ptr<ReadingTurn> epoll_turn(int, int) { return nullptr; }

}  // namespace mcp

#endif
