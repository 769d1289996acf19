#include "mcp/reading_turn.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "mcp/epoll_turn.h"

namespace mcp {
namespace {

// Whoever takes the turn waits for input itself, and hears then of `over_fd` too.
class PlainTurn : public ReadingTurn {
 public:
  Wait wait(std::chrono::milliseconds most) override {
    std::unique_lock lock(mutex_);
    const bool in_time = changed_.wait_for(lock, most, [this] { return over_ || !taken_; });
    if (!in_time) return Wait::idle;
    if (over_) return Wait::over;
    taken_ = true;
    return Wait::turn;
  }

  void pass(bool) override {
    {
      std::lock_guard lock(mutex_);
      taken_ = false;
    }
    changed_.notify_one();
  }

  void end() override {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool taken_ = false;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<ReadingTurn> reading_turn(int fd, int over_fd) {
  if (auto turn = epoll_turn(fd, over_fd)) return turn;
  return std::make_unique<PlainTurn>();
}

}  // namespace mcp
