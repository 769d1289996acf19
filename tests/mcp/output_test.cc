#include "mcp/output.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

using namespace mcp;
using namespace std::chrono_literals;

namespace {

std::string read_all(int fd, std::size_t size) {
  std::string text;
  char bytes[65536];
  while (text.size() < size) {
    const ssize_t n = ::read(fd, bytes, sizeof bytes);
    if (n <= 0) break;
    text.append(bytes, static_cast<std::size_t>(n));
  }
  return text;
}

void make_pair(bool socket, int (&ends)[2]) {
  if (socket) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  } else {
    REQUIRE(::pipe(ends) == 0);
  }
}

}  // namespace

TEST_CASE("a client that does not read stops nobody, and gets every line when it does") {
  for (const bool socket : {false, true}) {
    CAPTURE(socket);
    int ends[2];
    make_pair(socket, ends);
    {
      Output output(ends[1], nullptr, nullptr);
      const std::string line(10'000, 'a');
      const int lines = 200;  // 2 MB: far more than a pipe or socket holds
      const auto began = std::chrono::steady_clock::now();
      for (int i = 0; i < lines; ++i) output.write(line);
      CHECK(std::chrono::steady_clock::now() - began < 5s);
      CHECK_FALSE(output.notify_if_ready("progress"));  // would have to wait
      CHECK_FALSE(output.flushed_within(0ms));
      std::string all;
      std::thread reader([&] { all = read_all(ends[0], (line.size() + 1) * lines); });
      CHECK(output.flushed_within(5s));
      reader.join();
      std::string expected;
      for (int i = 0; i < lines; ++i) expected += line + "\n";
      CHECK(all == expected);
      CHECK(output.notify_if_ready("progress"));
    }
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

TEST_CASE("lines of many threads do not mix") {
  int ends[2];
  make_pair(false, ends);
  std::string all;
  std::thread reader([&] { all = read_all(ends[0], 4 * 500 * 101); });
  {
    Output output(ends[1], nullptr, nullptr);
    std::vector<std::thread> writers;
    for (char c : {'a', 'b', 'c', 'd'}) {
      writers.emplace_back([&output, c] {
        for (int i = 0; i < 500; ++i) output.write(std::string(100, c));
      });
    }
    for (std::thread& writer : writers) writer.join();
    CHECK(output.flushed_within(5s));
  }
  reader.join();
  REQUIRE(all.size() == 4 * 500 * 101);
  for (std::size_t at = 0; at < all.size(); at += 101) {
    CHECK(all.substr(at, 100) == std::string(100, all[at]));
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a client that is gone is told of once, and costs nothing more") {
  for (const bool socket : {false, true}) {
    int ends[2];
    make_pair(socket, ends);
    std::atomic<int> told{0};
    Output output(ends[1], nullptr, [&] { ++told; });
    ::close(ends[0]);
    output.write("one");
    output.write("two");
    CHECK(output.broken());
    CHECK(told == 1);
    ::close(ends[1]);
  }
}

TEST_CASE("every line passes the filter") {
  int ends[2];
  make_pair(false, ends);
  Output output(
      ends[1],
      [](std::string line) {
        return line.size() == 3 ? std::string("[redacted]") : std::move(line);
      },
      nullptr);
  output.write("key");
  output.notify_if_ready("key");
  CHECK(read_all(ends[0], 22) == "[redacted]\n[redacted]\n");
  ::close(ends[0]);
  ::close(ends[1]);
}
