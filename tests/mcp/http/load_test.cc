// Many streams at once, and the end of the server.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "tests/mcp/http/rig.h"

using namespace tests;
using nlohmann::json;
using std::chrono::steady_clock;

namespace {

// As many as the machine's limit allows, a client and a server socket each.
std::size_t most_streams() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(1000, (limit.rlim_cur - 100) / 2);
}

std::string health(int port, const char* path) {
  HttpClient client(port);
  const HttpAnswer answer =
      client.ask(fmt::format("GET {} HTTP/1.1\r\nHost: whatever\r\n\r\n", path));
  return fmt::format("{} {}", answer.status, answer.body);
}

// Fault row C29. The ones that fill it up hang up again.
void refuses_past_the_limit(const HttpRig& rig, std::size_t open) {
  const std::string listen =
      rig.modern(0, "subscriptions/listen", {{"notifications", json::object()}});
  std::vector<std::unique_ptr<HttpClient>> rest;
  for (; open < mcp::Subscriptions::most; ++open) {
    rest.push_back(std::make_unique<HttpClient>(rig.port()));
    rest.back()->send(listen);
    REQUIRE(rest.back()->head().status == 200);
    REQUIRE(rest.back()->event()["method"] == "notifications/subscriptions/acknowledged");
  }
  HttpClient late(rig.port());
  CHECK(late.ask(listen).status == 429);
  CHECK(late.ask(rig.call(1, "echo")).status == 200);
}

mcp::HttpOptions with_health() {
  mcp::HttpOptions options;
  options.health = {"127.0.0.1", 0};
  return options;
}

}  // namespace

TEST_CASE("health has a listener of its own") {
  HttpRig rig(with_health());
  CHECK(health(rig.health_port(), "/healthz") == "200 alive\n");
  CHECK(health(rig.health_port(), "/readyz") == "200 ready\n");
  CHECK(health(rig.health_port(), "/mcp").rfind("404", 0) == 0);
  HttpRig without;
  CHECK(without.http().health_url().empty());
}

TEST_CASE("a thousand subscriptions are open, and health and calls are answered at once") {
  HttpRig rig(with_health());
  std::vector<std::unique_ptr<HttpClient>> streams;
  const std::size_t count = most_streams();
  for (std::size_t i = 0; i < count; ++i) {
    streams.push_back(std::make_unique<HttpClient>(rig.port()));
    streams.back()->send(rig.modern(static_cast<int>(i), "subscriptions/listen",
                                    {{"notifications", {{"toolsListChanged", true}}}}));
  }
  for (const auto& stream : streams) {
    REQUIRE(stream->head().status == 200);
    REQUIRE(stream->event()["method"] == "notifications/subscriptions/acknowledged");
  }
  if (count == 1000) refuses_past_the_limit(rig, count);
  auto begin = steady_clock::now();
  CHECK(health(rig.health_port(), "/healthz") == "200 alive\n");
  CHECK(steady_clock::now() - begin < Milliseconds(100));
  HttpClient caller(rig.port());
  CHECK(caller.ask(rig.call(1, "echo")).status == 200);
  rig.server().changed(mcp::ListKind::tools);
  for (const auto& stream : streams) {
    REQUIRE(stream->event()["method"] == "notifications/tools/list_changed");
  }
  begin = steady_clock::now();
  CHECK(rig.end() == 0);
  CHECK(steady_clock::now() - begin < Milliseconds(3000));
  for (const auto& stream : streams) {
    REQUIRE(stream->event()["result"]["resultType"] == "complete");
    REQUIRE(stream->event().is_null());
    REQUIRE(stream->stream_ended());
  }
}

TEST_CASE("the end: what runs gets its time, what is new does not") {
  HttpRig rig(with_health());
  const std::string session = rig.open_session("2025-11-25", R"({"elicitation":{}})");
  HttpClient caller(rig.port()), asker(rig.port()), late(rig.port()), stream(rig.port());
  HttpClient answers(rig.port());
  caller.send(rig.call(1, "wait"));
  asker.send(rig.in_session(session, R"({"jsonrpc":"2.0","id":5,"method":"tools/call",)"
                                     R"("params":{"name":"ask"}})"));
  CHECK(asker.head().status == 200);
  const json question = asker.event();
  stream.send(rig.request("GET", "Mcp-Session-Id: " + session + "\r\n"));
  CHECK(stream.head().status == 200);
  REQUIRE(becomes([&] { return rig.seen.started == 1; }));
  rig.http().stop();
  CHECK(becomes([&] { return health(rig.health_port(), "/readyz") == "503 ending\n"; }));
  CHECK(health(rig.health_port(), "/healthz") == "200 alive\n");
  CHECK(stream.event().is_null());
  CHECK(stream.stream_ended());
  const HttpAnswer refused = late.ask(rig.modern(2, "tools/list"));
  CHECK(refused.status == 503);
  CHECK(refused.headers.count("retry-after") == 1);
  CHECK(refused.headers.at("connection") == "close");  // fault row D11
  const json answer = {{"jsonrpc", "2.0"},
                       {"id", question["id"]},
                       {"result", {{"action", "accept"}, {"content", {{"name", "Ada"}}}}}};
  CHECK(answers.ask(rig.in_session(session, answer.dump())).status == 202);
  CHECK(asker.event()["result"]["content"][0]["text"] == "hello Ada");
  rig.seen.release = true;
  CHECK(caller.answer().json()["result"]["content"][0]["text"] == "waited");
  CHECK(rig.end() == 0);
  CHECK(late.closed_within(Milliseconds(1000)));
}

TEST_CASE("the end: a call that takes too long is cancelled") {
  mcp::HttpOptions options;
  options.drain_time = Milliseconds(100);
  HttpRig rig(std::move(options));
  const std::string session = rig.open_session();
  HttpClient modern(rig.port()), legacy(rig.port());
  modern.send(rig.call(1, "wait"));
  legacy.send(rig.in_session(session, R"({"jsonrpc":"2.0","id":5,"method":"tools/call",)"
                                      R"("params":{"name":"wait"}})"));
  REQUIRE(becomes([&] { return rig.seen.started == 2; }));
  const auto begin = steady_clock::now();
  CHECK(rig.end() == 0);
  CHECK(rig.seen.cancelled == 2);
  CHECK(steady_clock::now() - begin < Milliseconds(2000));
}

TEST_CASE("starting, calling and stopping in any order leaves nothing behind") {
  for (int i = 0; i < 30; ++i) {
    HttpRig rig(with_health());
    HttpClient client(rig.port()), idle(rig.port());
    client.send(rig.call(1, i % 2 == 0 ? "echo" : "wait"));
    if (i % 3 == 0) client.hang_up();
    rig.seen.release = true;
  }
}
