// What a request looks like on the wire, what comes back, and where a key may go.
#include "catalog/transfers.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "catalog/errors.h"
#include "tests/catalog/exchanges.h"
#include "tests/upstream.h"

namespace {

using namespace tests;
using catalog::Credential;
using catalog::Exchange;
using catalog::Heard;
using catalog::Kind;
using catalog::Refused;
using catalog::Response;
using catalog::ResponseHead;
using catalog::Secret;
using catalog::Transfers;
using catalog::UpstreamError;

constexpr const char* key = "sk-test-0123456789abcdef";

void answer_ok(const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", "ok"); }

Credential credential_for(std::string origin) {
  Credential credential;
  credential.origin = std::move(origin);
  credential.secret = Secret(key);
  return credential;
}

// A gzip stream of that many times 258 zero bytes, a thousandth of its size: a literal, then
// matches of length 258 at distance 1 in the fixed Huffman code (RFC 1951 section 3.2.6). The
// trailer is missing: nobody should get that far.
std::string gzip_bomb(int matches) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  unsigned bits = 0;
  int count = 0;
  const auto put = [&](unsigned value, int width) {  // the first bit sent is the highest of `value`
    for (int i = width - 1; i >= 0; --i) {
      bits |= ((value >> i) & 1U) << count;
      if (++count == 8) {
        out += static_cast<char>(bits);
        bits = 0;
        count = 0;
      }
    }
  };
  put(0b110, 3);       // last block, fixed code
  put(0b00110000, 8);  // literal 0
  for (int i = 0; i < matches; ++i) put(0b1100010100000, 13);
  put(0, 7);  // end of block
  put(0, 7);
  return out;
}

const std::string gzipped_hello(
    "\x1f\x8b\x08\0\0\0\0\0\0\xff\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0", 25);

}  // namespace

TEST_CASE("a GET and its answer") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "Application/JSON; charset=utf-8", "{}",
               "X-Request-Id: r1\r\nX-Twice: a\r\nX-Twice: b\r\n");
  });
  Transfers transfers;
  Exchange exchange = get(upstream.url() + "/v1/models?x=1#part");
  exchange.headers = {"Accept: application/json"};
  const Response response = transfers.perform(exchange, {});
  CHECK(response.head.status == 200);
  CHECK(response.head.content_type == "application/json");
  CHECK(response.head.header("x-request-id") == "r1");
  CHECK(response.head.header("x-twice") == "a");
  CHECK(response.head.header("absent") == "");
  CHECK(response.body == "{}");

  const UpstreamRequest request = upstream.requests().at(0);
  CHECK(request.method == "GET");
  CHECK(request.target == "/v1/models?x=1");
  CHECK(request.header("accept") == "application/json");
  CHECK(request.header("user-agent") == "patchbay/0.1");
  CHECK(request.header("accept-encoding") == "");
  CHECK(request.header("authorization") == "");
}

TEST_CASE("a POST arrives whole, whatever its size, and is never announced with Expect") {
  Upstream upstream(answer_ok);
  Transfers transfers;
  for (const std::size_t size : {0UL, 1UL, 65'535UL, 65'536UL, 3'000'000UL}) {
    CAPTURE(size);
    const std::string body(size, 'x');
    const Stopwatch watch;
    CHECK(transfers.perform(post(upstream.url(), body), {}).body == "ok");
    CHECK(watch.elapsed() < 900ms);  // waiting for "100 Continue" would take a second
    const UpstreamRequest request = upstream.requests().back();
    CHECK(request.method == "POST");
    CHECK(request.body == body);
    CHECK(request.header("content-length") == std::to_string(size));
    CHECK(request.header("expect") == "");
    CHECK(request.header("content-type") == "application/json");
  }
}

TEST_CASE("methods do not stick to the connection they were used on") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    if (request.method == "HEAD") {
      wire.send("HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n");
    } else {
      wire.reply(200, "text/plain", "ok");
    }
  });
  Transfers transfers;
  const std::vector<std::string> methods = {"POST", "GET",   "DELETE", "HEAD",
                                            "GET",  "PATCH", "POST",   "GET"};
  for (const std::string& method : methods) {
    Exchange exchange = get(upstream.url());
    exchange.method = method;
    if (method == "POST" || method == "PATCH") exchange.body = method;
    CHECK(transfers.perform(exchange, {}).head.status == 200);
    CHECK(upstream.requests().back().method == method);
    CHECK(upstream.requests().back().body == exchange.body);
  }
  CHECK(upstream.connections() == 1);
}

TEST_CASE("an error status is a response with its body") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.reply(429, "application/json", "{\"error\":1}", "Retry-After: 2\r\n");
  });
  Transfers transfers;
  const Response response = transfers.perform(post(upstream.url(), "{}"), {});
  CHECK(response.head.status == 429);
  CHECK(response.head.header("retry-after") == "2");
  CHECK(response.body == "{\"error\":1}");
}

TEST_CASE("the head is told once, before the body, without interim answers and trailers") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    for (int i = 0; i < 50; ++i) wire.send("HTTP/1.1 102 Processing\r\nX-Early: 1\r\n\r\n");
    wire.begin_chunks(200, "text/event-stream", "X-Kept: 1\r\n");
    wire.chunk("one");
    wire.chunk("two");
    wire.send("0\r\nX-Late: 1\r\n\r\n");
  });
  Transfers transfers;
  std::vector<std::string> seen;
  Exchange exchange = get(upstream.url());
  exchange.on_head = [&](const ResponseHead& head) {
    seen.push_back("head");
    CHECK(head.status == 200);
    CHECK(head.content_type == "text/event-stream");
    CHECK(head.header("x-kept") == "1");
    CHECK(head.header("x-early") == "");
  };
  std::string body;
  exchange.on_body = [&](std::string_view bytes) {
    if (body.empty()) seen.push_back("body");
    body += bytes;
    return Heard::event;
  };
  const Response response = transfers.perform(exchange, {});
  CHECK(seen == std::vector<std::string>{"head", "body"});
  CHECK(body == "onetwo");
  CHECK(response.body.empty());
  CHECK(response.head.header("x-late") == "");
}

TEST_CASE("a redirect is an answer, and its target hears nothing") {
  Upstream elsewhere(answer_ok);
  for (const int status : {301, 302, 303, 307, 308}) {
    CAPTURE(status);
    Upstream upstream([&](const UpstreamRequest&, Wire& wire) {
      wire.reply(status, "text/plain", "", "Location: " + elsewhere.url() + "/\r\n");
    });
    Transfers transfers;
    const Credential credential = credential_for(upstream.url());
    Exchange exchange = post(upstream.url(), "prompt");
    exchange.credential = &credential;
    CHECK(transfers.perform(exchange, {}).head.status == status);
    CHECK(upstream.requests().size() == 1);
  }
  CHECK(elsewhere.connections() == 0);
}

TEST_CASE("a key goes into its header, to its own origin only") {
  Upstream upstream(answer_ok);
  Upstream other(answer_ok);
  Transfers transfers;
  Credential credential = credential_for(upstream.url());
  Exchange exchange = post(upstream.url() + "/v1?token=query", "{}");
  exchange.credential = &credential;
  transfers.perform(exchange, {});
  CHECK(upstream.requests().back().header("authorization") == std::string("Bearer ") + key);
  credential.header = "X-Key";
  credential.prefix = "";
  transfers.perform(exchange, {});
  CHECK(upstream.requests().back().header("x-key") == key);
  CHECK(upstream.requests().back().header("authorization") == "");

  const std::string port = std::to_string(upstream.port());
  for (const std::string& url : {other.url() + "/v1?token=query", "http://localhost:" + port + "/",
                                 "https://127.0.0.1:" + port + "/"}) {
    CAPTURE(url);
    exchange.url = url;
    const auto refused = failure<Refused>(transfers, exchange);
    REQUIRE(refused);
    CHECK(refused->kind == Kind::forbidden);
    CHECK_FALSE(contains(refused->what_happened + refused->advice, key));
    CHECK_FALSE(contains(refused->what_happened, "query"));
  }
  CHECK(other.connections() == 0);
  CHECK(upstream.requests().size() == 2);
}

TEST_CASE("an empty key binds nothing and sends nothing") {
  Upstream upstream(answer_ok);
  Transfers transfers;
  Credential credential;
  credential.origin = "https://elsewhere.example:443";
  Exchange exchange = get(upstream.url());
  exchange.credential = &credential;
  CHECK(transfers.perform(exchange, {}).body == "ok");
  CHECK(upstream.requests().back().header("authorization") == "");
}

TEST_CASE("no key in the clear, except to this machine") {
  Transfers transfers;
  for (const std::string origin : {"http://127.0.0.2:80", "http://gateway.example:80"}) {
    CAPTURE(origin);
    const Credential credential = credential_for(origin);
    Exchange exchange = post(origin + "/v1", "{}");
    exchange.credential = &credential;
    const auto refused = failure<Refused>(transfers, exchange);
    REQUIRE(refused);
    CHECK(refused->kind == Kind::forbidden);
    CHECK_FALSE(contains(refused->what_happened + refused->advice, key));
  }
}

TEST_CASE("what would break the request apart is refused") {
  Upstream upstream(answer_ok);
  Transfers transfers;
  std::vector<Exchange> broken(7, get(upstream.url()));
  broken[0].headers = {"X-A: 1\r\nX-B: 2"};
  broken[1].headers = {"X-A: 1\n"};
  broken[2].headers = {std::string("X-A: 1\0", 7)};
  broken[3].method = "GET / HTTP/1.1\r\nX-B: 2\r\n\r\n";
  broken[4].method = "";
  broken[5].url = upstream.url() + "/\r\nX-B: 2";
  broken[6].url = "file:///etc/hostname";
  Credential credential = credential_for(upstream.url());
  credential.secret = Secret("sk-test-0123\r\nX-B: 2");
  broken.push_back(get(upstream.url()));
  broken.back().credential = &credential;
  for (const Exchange& exchange : broken) {
    const auto refused = failure<Refused>(transfers, exchange);
    REQUIRE(refused);
    CHECK(refused->kind == Kind::invalid_arguments);
  }
  CHECK(upstream.connections() == 0);
}

TEST_CASE("what strangers wrote leads to no address of this machine or its network") {
  Upstream upstream(answer_ok);
  Transfers transfers;
  const std::string port = std::to_string(upstream.port());
  transfers.perform(get(upstream.url()), {});  // leaves a warm connection that must not be used
  for (const std::string host : {"127.0.0.1", "localhost", "0x7f000001", "127.1", "[::1]",
                                 "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    CAPTURE(host);
    Exchange exchange = post("http://" + host + ":" + port + "/card", "{}");
    exchange.public_addresses_only = true;
    const auto refused = failure<Refused>(transfers, exchange);
    REQUIRE(refused);
    CHECK(refused->kind == Kind::forbidden);
  }
  CHECK(upstream.connections() == 1);
  CHECK(upstream.requests().size() == 1);
}

TEST_CASE("compression is offered only when asked for, and undone") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    if (contains(request.header("accept-encoding"), "gzip")) {
      wire.reply(200, "text/plain", gzipped_hello, "Content-Encoding: gzip\r\n");
    } else {
      wire.reply(200, "text/plain", "plain");
    }
  });
  Transfers transfers;
  Exchange exchange = get(upstream.url());
  CHECK(transfers.perform(exchange, {}).body == "plain");
  exchange.compressed = true;
  CHECK(transfers.perform(exchange, {}).body == "hello");
  exchange.compressed = false;
  CHECK(transfers.perform(exchange, {}).body == "plain");
}

TEST_CASE("the size limit counts decoded bytes") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    if (request.target == "/bomb") {
      wire.reply(200, "text/plain", gzip_bomb(130'000), "Content-Encoding: gzip\r\n");
    } else if (request.target == "/stream") {
      wire.begin_chunks(200, "text/plain");
      while (wire.chunk(std::string(100'000, 'x'))) {
      }
      wire.hang_up();
    } else {
      wire.reply(200, "text/plain", std::string(1'000'000, 'x'));
    }
  });
  Transfers transfers;
  Exchange exchange = get(upstream.url() + "/exact");
  exchange.compressed = true;
  exchange.max_bytes = 1'000'000;
  CHECK(transfers.perform(exchange, {}).body.size() == 1'000'000);
  for (const std::string path : {"/bomb", "/stream"}) {
    CAPTURE(path);
    std::size_t received = 0;
    exchange.url = upstream.url() + path;
    exchange.on_body = [&](std::string_view bytes) {
      received += bytes.size();
      return Heard::event;
    };
    const auto error = failure<UpstreamError>(transfers, exchange);
    REQUIRE(error);
    CHECK(error->kind == Kind::malformed);
    CHECK(error->status == 200);
    CHECK(contains(error->what_happened, "answer larger than 1000000 bytes"));
    CHECK(received <= 1'000'000);
  }
}

TEST_CASE("what a listener throws may have been billed, where it was a purchase") {
  Upstream upstream(answer_ok);
  Transfers transfers;
  for (const bool purchase : {false, true}) {
    Exchange exchange = purchase ? post(upstream.url(), "{}") : get(upstream.url());
    exchange.on_body = [](std::string_view) -> Heard {
      throw UpstreamError(Kind::io_error, "the disk is full");
    };
    const auto error = failure<UpstreamError>(transfers, exchange);
    REQUIRE(error);
    CHECK(error->kind == Kind::io_error);
    CHECK(error->billed == (purchase ? catalog::Billed::unknown : catalog::Billed::no));
  }
}

TEST_CASE("proxy variables count only when that was asked for, and never for this machine") {
  Upstream proxy(answer_ok);
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  const std::string far = "http://127.0.0.2:" + std::to_string(proxy.port()) + "/x";
  Transfers careful;
  CHECK(failure<UpstreamError>(careful, get(far)));
  CHECK(proxy.connections() == 0);

  Transfers trusting;
  trusting.use_env_proxy(true);
  CHECK(trusting.perform(get(far), {}).body == "ok");
  CHECK(proxy.requests().back().target == far);
  Upstream upstream(answer_ok);
  CHECK(trusting.perform(get(upstream.url()), {}).body == "ok");
  CHECK(proxy.requests().size() == 1);
  ::unsetenv("http_proxy");
}

TEST_CASE("TLS secrets are not written where the environment says") {
  ::setenv("SSLKEYLOGFILE", "/nonexistent/keys", 1);
  const Transfers transfers;
  CHECK(std::getenv("SSLKEYLOGFILE") == nullptr);
}
