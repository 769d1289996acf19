// The queue of those who want to write to a file that all processes of the user share: a lock on a
// file beside it, granted by the kernel in the order of asking. The database's own lock is taken by
// whoever happens to look at the right moment, and fifty processes then starve one another.
//
// Used by `Database`, on any thread. It creates a thread only for who has to wait: a lock cannot be
// waited for with a deadline otherwise.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace catalog {

// Holding the turn; given back with the object.
class WriteTurn {
 public:
  explicit WriteTurn(int fd) : fd_(fd) {}
  ~WriteTurn();
  WriteTurn(WriteTurn&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  WriteTurn& operator=(WriteTurn&&) = delete;

 private:
  int fd_;
};

// Until when somebody waits, who may come to be in a hurry: asked several times a second.
using WaitUntil = std::function<std::chrono::steady_clock::time_point()>;

// The turn at the file of that name, which is made when it is not there. Nothing when the time is
// over or the file cannot be opened, with errno set (ETIMEDOUT).
std::optional<WriteTurn> wait_for_turn(const std::string& file, const WaitUntil& until);

}  // namespace catalog
