// Whose turn it is to read a descriptor that several threads share: one has the turn, the others
// wait for it. The one that has found work passes the turn on and goes to do the work.
#pragma once

#include <chrono>
#include <memory>

namespace mcp {

class ReadingTurn {
 public:
  enum class Wait { turn, over, idle };

  virtual ~ReadingTurn() = default;
  // Until the turn is the caller's, until `end`, or for the given time.
  virtual Wait wait(std::chrono::milliseconds most) = 0;
  // By the thread that has the turn: another may have it, as soon as there is something to read, or
  // `at_once` when something was read that this thread leaves.
  virtual void pass(bool at_once) = 0;
  // `over_fd` has become readable: nobody gets a turn any more.
  virtual void end() = 0;
};

// For the descriptor `fd`, until `over_fd` becomes readable. Where the system has epoll and `fd`
// can be waited for with it, passing the turn wakes nobody: the kernel wakes one of those who wait
// when something has come. Elsewhere, and for a file, a thread is woken to take it.
std::unique_ptr<ReadingTurn> reading_turn(int fd, int over_fd);

}  // namespace mcp
