// How transfers break, and what a caller is told: the kind, whether it may have been billed, and
// that nothing was sent twice.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "tests/catalog/exchanges.h"
#include "tests/upstream.h"

namespace {

using namespace tests;
using catalog::Billed;
using catalog::Exchange;
using catalog::Heard;
using catalog::Kind;
using catalog::ResponseHead;
using catalog::Transfers;
using catalog::UpstreamError;

// A server that does as the test says with the bare socket of its only connection; it listens from
// the start, and is closed at the end.
class BareServer {
 public:
  explicit BareServer(std::function<void(int socket)> serve) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    if (!serve) return;  // bound but not listening: connections are refused
    REQUIRE(::listen(listener_, 8) == 0);
    thread_ = std::thread([this, serve] {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      serve(socket);
      ::close(socket);
    });
  }
  ~BareServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }

  std::string where() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_;
  int port_;
  std::thread thread_;
};

void reset_on_close(int socket) {
  const linger now{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void say(int socket, std::string_view text) {
  ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
}

void read_at_least(int socket, std::size_t wanted) {
  char bytes[4096];
  for (std::size_t got = 0; got < wanted;) {
    const ssize_t n = ::recv(socket, bytes, sizeof bytes, 0);
    if (n <= 0) return;
    got += static_cast<std::size_t>(n);
  }
}

UpstreamError broken(const Exchange& exchange) {
  Transfers transfers;
  const auto error = failure<UpstreamError>(transfers, exchange);
  REQUIRE(error);
  return *error;
}

}  // namespace

TEST_CASE("a POST whose connection dies is sent once, and its outcome is unknown") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    if (request.target == "/first") {
      wire.reply(200, "text/plain", "ok");
      return;
    }
    std::this_thread::sleep_for(50ms);
    wire.hang_up();
  });
  for (const std::string body : {"{\"prompt\":\"buy\"}", ""}) {
    CAPTURE(body);
    Transfers transfers;
    transfers.perform(post(upstream.url() + "/first", "{}"), {});
    const std::size_t before = upstream.requests().size();
    const auto error = failure<UpstreamError>(transfers, post(upstream.url() + "/second", body));
    REQUIRE(error);
    CHECK(error->kind == Kind::unavailable);
    CHECK(error->billed == Billed::unknown);
    CHECK(error->status == 0);
    CHECK(contains(error->what_happened, "without an answer"));
    CHECK(upstream.requests().size() == before + 1);
  }
}

TEST_CASE("the same on a fresh connection, and by a reset") {
  for (const bool reset : {false, true}) {
    CAPTURE(reset);
    Upstream upstream([reset](const UpstreamRequest&, Wire& wire) { wire.hang_up(reset); });
    const UpstreamError error = broken(post(upstream.url(), "{}"));
    CHECK(error.kind == Kind::unavailable);
    CHECK(error.billed == Billed::unknown);
    CHECK(upstream.requests().size() == 1);
  }
}

TEST_CASE("a connection the upstream closed while idle is replaced without a word") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "text/plain", "ok");
    wire.hang_up();
  });
  Transfers transfers;
  for (int i = 0; i < 3; ++i) {
    CHECK(transfers.perform(post(upstream.url(), "{}"), {}).body == "ok");
    std::this_thread::sleep_for(50ms);
  }
  CHECK(upstream.requests().size() == 3);
}

TEST_CASE("refused: said plainly, without the query of the URL") {
  const BareServer nobody(nullptr);
  const UpstreamError error = broken(post("http://" + nobody.where() + "/v1?key=hidden", "{}"));
  CHECK(error.kind == Kind::unavailable);
  CHECK(error.what_happened == "could not connect to " + nobody.where() + ": connection refused");
  CHECK(error.billed == Billed::no);
}

TEST_CASE("no TLS where TLS was asked for") {
  const BareServer plain([](int socket) {
    say(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    read_at_least(socket, 1);
  });
  const UpstreamError error = broken(post("https://" + plain.where() + "/", "{}"));
  CHECK(error.kind == Kind::unavailable);
  CHECK(contains(error.what_happened, "no TLS connection with " + plain.where()));
  CHECK(error.billed == Billed::no);
}

TEST_CASE("a reset in the middle of the request body") {
  const BareServer impatient([](int socket) {
    read_at_least(socket, 100'000);  // well into the body
    reset_on_close(socket);
  });
  const UpstreamError error =
      broken(post("http://" + impatient.where() + "/", std::string(20'000'000, 'x')));
  CHECK(error.kind == Kind::unavailable);
  CHECK(error.billed == Billed::unknown);
  CHECK(error.status == 0);
}

struct Row {
  const char* what;
  const char* bytes;  // sent in answer to the request, before closing
  Kind kind;
  int status;
};

TEST_CASE("answers that break, by how they break") {
  constexpr Row rows[] = {
      {"a body shorter than announced", "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{\"a\"",
       Kind::truncated, 200},
      {"no body at all", "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n", Kind::truncated, 200},
      {"chunks without an end", "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
       Kind::truncated, 200},
      {"a broken chunk size", "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n",
       Kind::truncated, 200},
      {"half a head", "HTTP/1.1 200 X\r\nContent-Le", Kind::truncated, 200},
      {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", Kind::malformed, 0},
      {"gzip that is none",
       "HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", Kind::malformed,
       200},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    Upstream upstream([&](const UpstreamRequest&, Wire& wire) {
      wire.send(row.bytes);
      wire.hang_up();
    });
    Exchange exchange = post(upstream.url(), "{}");
    exchange.compressed = true;
    const UpstreamError error = broken(exchange);
    CAPTURE(error.what_happened);
    CHECK(catalog::name(error.kind) == catalog::name(row.kind));
    CHECK(error.status == row.status);
    CHECK(error.billed == Billed::unknown);
    CHECK(upstream.requests().size() == 1);
  }
}

TEST_CASE("a reset after data is a truncated answer") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("data: one\n\n");
    std::this_thread::sleep_for(50ms);
    wire.hang_up(true);
  });
  std::string heard;
  Exchange exchange = post(upstream.url(), "{}");
  exchange.on_body = [&](std::string_view bytes) {
    heard += bytes;
    return Heard::event;
  };
  const UpstreamError error = broken(exchange);
  CHECK(error.kind == Kind::truncated);
  CHECK(error.billed == Billed::unknown);
  CHECK(heard == "data: one\n\n");
}

TEST_CASE("a head without end is refused") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.send("HTTP/1.1 200 X\r\n");
    for (int i = 0; i < 100'000 && wire.send("X-Filler: 0123456789012345678901234567\r\n"); ++i) {
    }
    wire.hang_up();
  });
  const UpstreamError error = broken(get(upstream.url()));
  CHECK(error.kind == Kind::malformed);
}

TEST_CASE("what a callback throws comes out of perform, and the next call is none the worse") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/plain");
    wire.chunk("one");
    std::this_thread::sleep_for(400ms);
    wire.chunk("two");
    wire.last_chunk();
  });
  Transfers transfers;
  const auto thrower = [] { throw std::runtime_error("mine"); };
  std::vector<Exchange> exchanges(3, post(upstream.url(), "{}"));
  exchanges[0].on_head = [&](const ResponseHead&) { thrower(); };
  exchanges[1].on_body = [&](std::string_view) {
    thrower();
    return Heard::event;
  };
  exchanges[2].on_wait = thrower;
  for (const Exchange& exchange : exchanges) {
    CHECK_THROWS_WITH_AS(transfers.perform(exchange, {}), "mine", std::runtime_error);
    CHECK(transfers.perform(get(upstream.url()), {}).body == "onetwo");
  }
}
