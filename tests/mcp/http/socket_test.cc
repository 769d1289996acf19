#include "mcp/http/socket.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

using namespace mcp;
using namespace std::chrono_literals;

namespace {

// The other end of a connection that holds little, read so many bytes at a time, every millisecond.
class Reader {
 public:
  explicit Reader(std::size_t at_a_time) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    const int small = 4096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    socket = std::make_unique<HttpSocket>(ends[0], "here");
    thread_ = std::thread([this, fd = ends[1], at_a_time] { read(fd, at_a_time); });
  }
  ~Reader() {
    ending_ = true;
    thread_.join();
  }

  std::unique_ptr<HttpSocket> socket;

 private:
  void read(int fd, std::size_t at_a_time) const {
    std::string bytes(at_a_time + 1, '\0');
    for (int i = 0; i < 5000 && !ending_; ++i) {
      if (at_a_time != 0) static_cast<void>(::recv(fd, bytes.data(), at_a_time, MSG_DONTWAIT));
      std::this_thread::sleep_for(1ms);
    }
    ::close(fd);
  }

  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("fault row D09: who takes nothing, or a few bytes now and then, is given up in time") {
  for (const std::size_t at_a_time : {0, 1, 20}) {
    CAPTURE(at_a_time);
    Reader reader(at_a_time);
    const auto began = std::chrono::steady_clock::now();
    CHECK_FALSE(reader.socket->send_all(std::string(1 << 20, 'x'), 200ms));
    CHECK(std::chrono::steady_clock::now() - began < 3s);
  }
}

TEST_CASE("who is slow but takes what there is gets it all") {
  Reader reader(4000);
  CHECK(reader.socket->send_all(std::string(1 << 20, 'x'), 400ms));
}
