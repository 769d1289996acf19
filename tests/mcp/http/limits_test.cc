// What the server takes from a connection, and how it ends one that wants too much.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/mcp/http/rig.h"

using namespace tests;
using nlohmann::json;
using std::chrono::steady_clock;

namespace {

std::string head_for(const HttpRig& rig, const std::string& more) {
  return fmt::format(
      "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n{}\r\n",
      rig.port(), more);
}

mcp::HttpOptions with_limits(mcp::HttpLimits limits) {
  mcp::HttpOptions options;
  options.limits = limits;
  return options;
}

}  // namespace

TEST_CASE("a body may be 8 MiB, however it is sent") {
  HttpRig rig;
  SUBCASE("announced too large: refused before it is sent") {
    HttpClient client(rig.port());
    client.send(head_for(rig, "Content-Length: 10737418240\r\nExpect: 100-continue\r\n"));
    CHECK(client.head(Milliseconds(1000)).status == 413);
    CHECK(client.closed_within(Milliseconds(2000)));
  }
  SUBCASE("chunked: refused where it becomes too large") {
    HttpClient client(rig.port());
    client.send(head_for(rig, "Transfer-Encoding: chunked\r\n"));
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n", 1 << 20, std::string(1 << 20, ' '));
    for (int i = 0; i < 9 && client.send(chunk); ++i) {
    }
    CHECK(client.head().status == 413);
  }
  SUBCASE("just right") {
    HttpClient client(rig.port());
    std::string body(initialize_body);
    body.append((std::size_t{8} << 20) - body.size(), ' ');
    CHECK(client.ask(rig.post(body)).status == 200);
  }
}

TEST_CASE("bodies that come in pieces") {
  HttpRig rig;
  const std::string body(initialize_body);
  HttpClient client(rig.port());
  client.send(head_for(rig, "Transfer-Encoding: chunked\r\n"));
  for (const char c : body) client.send(fmt::format("1;x=y\r\n{}\r\n", c));
  client.send("0\r\n\r\n");
  CHECK(client.answer().status == 200);
  client.send(
      head_for(rig, fmt::format("Content-Length: {}\r\nExpect: 100-continue\r\n", body.size())));
  CHECK(client.head().status == 100);
  client.send(body);
  CHECK(client.answer().status == 200);
  const std::string two = rig.post(initialize_body) + rig.post(initialize_body);
  client.send(two);
  CHECK(client.answer().status == 200);
  CHECK(client.answer().status == 200);
  for (const char c : rig.post(initialize_body)) client.send({&c, 1});
  CHECK(client.answer().status == 200);
}

TEST_CASE("what is not HTTP/1.1 is refused and the connection ends") {
  HttpRig rig;
  const std::string cases[] = {
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),
      "GET /mcp HTTP/1.0\r\n\r\n",
      std::string("\x00\xff\x80garbage", 10),
      "hello\r\n\r\n",
      head_for(rig, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
      head_for(rig, "Transfer-Encoding: chunked\r\n") + "zz\r\n",
      head_for(rig, "Transfer-Encoding: chunked\r\n") + "5\r\nabc",
      head_for(rig, "Content-Length: 100\r\n") + "short",
  };
  for (const std::string& bytes : cases) {
    CAPTURE(bytes);
    HttpClient client(rig.port());
    client.send(bytes);
    client.half_close();
    const HttpAnswer answer = client.answer();
    CHECK(answer.status == 400);
    CHECK(answer.headers.at("connection") == "close");
    CHECK(client.closed_within(Milliseconds(2000)));
  }
}

TEST_CASE("what follows a refused request on its connection is not executed") {
  HttpRig rig;
  HttpClient client(rig.port());
  client.send(head_for(rig, "Content-Length: 5\r\nOrigin: http://evil.com\r\n") + "12345" +
              rig.call(1, "wait"));
  CHECK(client.answer().status == 403);
  CHECK(client.closed_within(Milliseconds(2000)));
  CHECK(rig.seen.started == 0);
}

TEST_CASE("headers may take 32 KiB and their time") {
  mcp::HttpLimits limits;
  limits.head_time = Milliseconds(300);
  limits.body_time = Milliseconds(300);
  limits.idle_time = Milliseconds(300);
  HttpRig rig(with_limits(limits));
  SUBCASE("too large") {
    HttpClient client(rig.port());
    client.send("POST /mcp HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
    CHECK(client.head().status == 431);
  }
  SUBCASE("a byte at a time does not prolong it") {
    HttpClient client(rig.port());
    const auto begin = steady_clock::now();
    for (const char c :
         std::string("POST /mcp HTTP/1.1\r\nHost: a\r\nX-Slow: aaaaaaaaaaaaaaaaaaaa")) {
      if (!client.send({&c, 1})) break;
      std::this_thread::sleep_for(Milliseconds(15));
    }
    CHECK(client.head().status == 408);
    CHECK(client.closed_within(Milliseconds(2000)));
    CHECK(steady_clock::now() - begin < Milliseconds(2500));
  }
  SUBCASE("a slow body") {
    HttpClient client(rig.port());
    client.send(head_for(rig, "Content-Length: 100\r\n") + "{");
    CHECK(client.head(Milliseconds(2000)).status == 408);
  }
  SUBCASE("an idle connection ends without a word") {
    HttpClient client(rig.port());
    CHECK(client.ask(rig.post(initialize_body)).status == 200);
    CHECK(client.closed_within(Milliseconds(2000)));
    CHECK(client.head(Milliseconds(1)).status == 0);
  }
  SUBCASE("others are served meanwhile") {
    HttpClient slow(rig.port()), quick(rig.port());
    slow.send("POST /mcp HTTP/1.1\r\n");
    const auto begin = steady_clock::now();
    CHECK(quick.ask(rig.post(initialize_body)).status == 200);
    CHECK(steady_clock::now() - begin < Milliseconds(200));
  }
}

TEST_CASE("past the most connections a client is told to come again") {
  mcp::HttpLimits limits;
  limits.connections = 2;
  HttpRig rig(with_limits(limits));
  HttpClient first(rig.port());
  auto second = std::make_unique<HttpClient>(rig.port());
  CHECK(first.ask(rig.post(initialize_body)).status == 200);
  CHECK(second->ask(rig.post(initialize_body)).status == 200);
  {
    HttpClient third(rig.port());
    third.send(rig.post(initialize_body));
    const HttpAnswer answer = third.answer();
    CHECK(answer.status == 503);
    CHECK(answer.headers.count("retry-after") == 1);
    CHECK(third.closed_within(Milliseconds(2000)));
  }
  CHECK(first.ask(rig.post(initialize_body)).status == 200);
  second.reset();
  CHECK(becomes([&] {
    HttpClient again(rig.port());
    return again.ask(rig.post(initialize_body)).status == 200;
  }));
}

TEST_CASE("a client that does not read is given up, and holds up nobody") {
  mcp::HttpLimits limits;
  limits.stall_time = Milliseconds(300);
  HttpRig rig(with_limits(limits));
  HttpClient slow(rig.port()), quick(rig.port());
  slow.take_little();
  slow.send(rig.call(1, "flood", {{"_meta", {{"io.modelcontextprotocol/logLevel", "debug"}}}}));
  quick.send(
      rig.modern(2, "subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}));
  CHECK(quick.head().status == 200);
  CHECK(quick.event()["method"] == "notifications/subscriptions/acknowledged");
  std::this_thread::sleep_for(Milliseconds(150));
  rig.server().changed(mcp::ListKind::tools);
  CHECK(quick.event(Milliseconds(100))["method"] == "notifications/tools/list_changed");
  CHECK(becomes([&] { return rig.seen.cancelled == 1; }, Milliseconds(3000)));
}

TEST_CASE("types other than JSON are not taken") {
  HttpRig rig;
  for (const char* type :
       {"text/plain", "application/json; charset=utf-16", "multipart/form-data; boundary=x"}) {
    CAPTURE(type);
    HttpClient client(rig.port());
    const std::string request = fmt::format(
        "POST /mcp HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: {}\r\nContent-Length: "
        "{}\r\n\r\n{}",
        rig.port(), type, std::string_view(initialize_body).size(), initialize_body);
    CHECK(client.ask(request).status == 415);
  }
  HttpClient client(rig.port());
  CHECK(
      client.ask(head_for(rig, "Content-Length: 4\r\nContent-Encoding: gzip\r\n") + "\x1f\x8b\x08!")
          .status == 415);
}

TEST_CASE("headers that mean nothing here change nothing") {
  HttpRig rig;
  HttpClient client(rig.port());
  const HttpAnswer plain = client.ask(rig.post(initialize_body));
  const HttpAnswer odd =
      client.ask(rig.post(initialize_body,
                          "Range: bytes=0-1\r\nAccept-Encoding: gzip, br\r\nX-Forwarded-For: "
                          ",%0d%0a,\r\nX-Forwarded-For:\r\n"
                          "Upgrade: h2c\r\nCookie: a=b\r\n"));
  CHECK(odd.status == 200);
  CHECK(odd.body == plain.body);
  CHECK(odd.headers.count("content-encoding") == 0);
}
