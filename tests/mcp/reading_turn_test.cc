#include "mcp/reading_turn.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace mcp;
using namespace std::chrono_literals;

namespace {

// Threads that wait for turns and keep count of what they got.
struct Waiting {
  explicit Waiting(ReadingTurn& turn) {
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (;;) {
          const ReadingTurn::Wait wait = turn.wait(10ms);
          if (wait == ReadingTurn::Wait::over) break;
          if (wait == ReadingTurn::Wait::turn) ++turns;
        }
        ++over;
      });
    }
  }
  ~Waiting() {
    for (std::thread& thread : threads) thread.join();
  }
  bool turns_become(int count) {
    for (int i = 0; i < 2000 && turns < count; ++i) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(30ms);  // for one too many to show
    return turns == count;
  }

  std::atomic<int> turns{0};
  std::atomic<int> over{0};
  std::vector<std::thread> threads;
};

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() {
    for (int end : ends) ::close(end);
  }
  void write() { REQUIRE(::write(ends[1], "x", 1) == 1); }
  int ends[2];
};

}  // namespace

TEST_CASE("one thread has the turn, when there is something to read and it was passed on") {
  Pipe input;
  Pipe over;
  const auto turn = reading_turn(input.ends[0], over.ends[0]);
  Waiting waiting(*turn);
  CHECK(waiting.turns_become(0));
  input.write();
  CHECK(waiting.turns_become(1));
  input.write();  // the turn is taken
  CHECK(waiting.turns_become(1));
  turn->pass(false);
  CHECK(waiting.turns_become(2));
  char bytes[2];
  REQUIRE(::read(input.ends[0], bytes, 2) == 2);
  turn->pass(false);
  CHECK(waiting.turns_become(2));
  input.write();
  CHECK(waiting.turns_become(3));
  turn->pass(true);  // whatever there is to read
  CHECK(waiting.turns_become(4));
  CHECK(waiting.over == 0);
  over.write();
  turn->end();
}

TEST_CASE("turns at a file, which is always ready, are taken one by one too") {
  Pipe over;
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(file >= 0);
  {
    const auto turn = reading_turn(file, over.ends[0]);
    Waiting waiting(*turn);
    for (int taken = 1; taken < 4; ++taken) {
      CHECK(waiting.turns_become(taken));
      turn->pass(false);
    }
    over.write();
    turn->end();
  }
  ::close(file);
}
