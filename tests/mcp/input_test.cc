#include "mcp/input.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

using namespace mcp;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    close_writer();
  }
  void write(std::string_view bytes) {
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2];
};

std::vector<std::string> lines_of(const std::string& bytes, std::size_t piece) {
  Pipe pipe;
  Pipe wake;
  std::thread writer([&] {
    for (std::size_t at = 0; at < bytes.size(); at += piece) pipe.write(bytes.substr(at, piece));
    pipe.close_writer();
  });
  Input input(pipe.ends[0], wake.ends[0], 100);
  std::vector<std::string> lines;
  for (Input::Next next; (next = input.next()) != Input::Next::end;) {
    lines.push_back(next == Input::Next::line ? std::string(input.line()) : "TOO LONG");
  }
  writer.join();
  return lines;
}

}  // namespace

TEST_CASE("lines come out whole, in whatever pieces they arrive") {
  const std::string bytes = "one\r\n\n  \n{\"two\":2}\n" + std::string(500, 'x') + "\nthree\nlast";
  const std::vector<std::string> expected = {"one", "{\"two\":2}", "TOO LONG", "three", "last"};
  for (std::size_t piece = 1; piece < 80; ++piece) {
    CAPTURE(piece);
    CHECK(lines_of(bytes, piece) == expected);
  }
  CHECK(lines_of(bytes, bytes.size()) == expected);
}

TEST_CASE("a wake-up ends the waiting") {
  Pipe pipe;
  Pipe wake;
  Input input(pipe.ends[0], wake.ends[0]);
  std::thread waker([&] { wake.write("x"); });
  CHECK(input.next() == Input::Next::end);
  waker.join();
}
