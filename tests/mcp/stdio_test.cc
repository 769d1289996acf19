#include "mcp/stdio.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

using namespace mcp;
using namespace std::chrono_literals;

namespace {

Tool blocking_tool(std::string name, bool read_only, decltype(Tool::run) run) {
  Tool tool;
  tool.name = std::move(name);
  tool.annotations.read_only = read_only;
  tool.run = std::move(run);
  return tool;
}

CallToolResult wait_for_stop(Call& call) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, call.stop_token(), 20s, [] { return false; });
  return {"stopped", nullptr, false};
}

Features features_of(std::vector<Tool> tools) {
  Features features;
  features.tools = std::move(tools);
  return features;
}

struct Session {
  explicit Session(std::vector<Tool> tools)
      : server({"t", "T", "1", ""}, features_of(std::move(tools)), [](std::string_view) {}) {
    REQUIRE(::pipe(in) == 0);
    REQUIRE(::pipe(out) == 0);
    thread = std::thread([this] { status = Stdio(server, {in[0], out[1], nullptr}).run(); });
  }
  ~Session() {
    end_input();
    if (thread.joinable()) thread.join();
    for (int fd : {in[0], out[0], out[1]}) ::close(fd);
  }
  void send(const std::string& line) {
    const std::string text = line + "\n";
    REQUIRE(::write(in[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void call(int id, const std::string& tool) {
    send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + tool + "\"}}");
  }
  void end_input() {
    if (in[1] >= 0) ::close(in[1]);
    in[1] = -1;
  }
  Json next() {
    std::string text;
    for (char c; ::read(out[0], &c, 1) == 1 && c != '\n';) text += c;
    return Json::parse(text, nullptr, false);
  }
  // How long `run` takes to return once the input has ended.
  std::chrono::milliseconds ending() {
    const auto began = std::chrono::steady_clock::now();
    end_input();
    thread.join();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 began);
  }

  Server server;
  int in[2];
  int out[2];
  std::atomic<int> status{-1};
  std::thread thread;
};

constexpr const char* ping = R"({"jsonrpc":"2.0","id":"p","method":"ping"})";

}  // namespace

TEST_CASE("a ping is answered while 256 calls wait, and each of them can be cancelled") {
  std::atomic<int> running{0};
  Session session({blocking_tool("wait", false, [&](Call& call, const Json&) {
    ++running;
    auto result = wait_for_stop(call);
    --running;
    return result;
  })});
  for (int id = 0; id < 256; ++id) session.call(id, "wait");
  session.send(ping);
  CHECK(session.next()["id"] == "p");
  session.call(256, "wait");  // one too many
  CHECK(session.next()["result"]["isError"] == true);
  for (int i = 0; running < 256 && i < 5000; ++i) std::this_thread::sleep_for(1ms);
  CHECK(running == 256);
  for (int id = 0; id < 256; ++id) {
    session.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
                 std::to_string(id) + "}}");
  }
  for (int i = 0; running > 0 && i < 5000; ++i) std::this_thread::sleep_for(1ms);
  CHECK(running == 0);
  session.send(ping);
  CHECK(session.next()["id"] == "p");  // and nothing else was written in between
}

TEST_CASE("an older client is told on stdout what belongs to no request") {
  Session session({});
  session.send(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}})");
  CHECK(session.next()["id"] == 0);
  session.server.changed(ListKind::tools);
  session.send(ping);  // so that there is a line to read whatever happens
  CHECK(session.next()["method"] == "notifications/tools/list_changed");
}

TEST_CASE("a file of messages is answered like a pipe of them") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  for (int i = 0; i < 500; ++i) std::fputs((std::string(ping) + "\n").c_str(), file);
  std::fputs(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})", file);
  std::rewind(file);
  int out[2];
  REQUIRE(::pipe(out) == 0);
  Server server({"t", "T", "1", ""},
                features_of({blocking_tool("t", true,
                                           [](Call&, const Json&) {
                                             return CallToolResult{"found", nullptr, false};
                                           })}),
                [](std::string_view) {});
  CHECK(Stdio(server, {::fileno(file), out[1], nullptr}).run() == 0);
  ::close(out[1]);
  std::string answers;
  for (char bytes[4096]; const auto n = ::read(out[0], bytes, sizeof bytes);) {
    REQUIRE(n > 0);
    answers.append(bytes, static_cast<std::size_t>(n));
  }
  CHECK(std::count(answers.begin(), answers.end(), '\n') == 501);
  CHECK(answers.find("found") != std::string::npos);
  ::close(out[0]);
  std::fclose(file);
}

TEST_CASE("at the end of input lookups may finish and what costs money is stopped") {
  std::atomic<bool> lookup_stopped{false};
  std::atomic<bool> paid_stopped{false};
  Session session({blocking_tool("lookup", true,
                                 [&](Call& call, const Json&) {
                                   std::this_thread::sleep_for(200ms);
                                   lookup_stopped = call.stop_token().stop_requested();
                                   return CallToolResult{"found", nullptr, false};
                                 }),
                   blocking_tool("paid", false, [&](Call& call, const Json&) {
                     auto result = wait_for_stop(call);
                     paid_stopped = call.stop_token().stop_requested();
                     return result;
                   })});
  session.call(1, "lookup");
  session.call(2, "paid");
  session.send(ping);
  CHECK(session.next()["id"] == "p");
  CHECK(session.ending() < 1500ms);
  CHECK_FALSE(lookup_stopped);
  CHECK(paid_stopped);
  CHECK(session.next()["id"] == 1);
  CHECK(session.status == 0);
}

TEST_CASE("a client that does not read its end is still heard when it cancels") {
  std::atomic<bool> stopped{false};
  Session session({blocking_tool("big", true,
                                 [](Call&, const Json&) {
                                   return CallToolResult{std::string(300'000, 'x'), nullptr, false};
                                 }),
                   blocking_tool("wait", false, [&](Call& call, const Json&) {
                     auto result = wait_for_stop(call);
                     stopped = true;
                     return result;
                   })});
  session.call(1, "wait");
  for (int id = 2; id < 12; ++id) session.call(id, "big");  // 3 MB that nobody reads
  session.send(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  for (int i = 0; !stopped && i < 5000; ++i) std::this_thread::sleep_for(1ms);
  CHECK(stopped);
  for (int i = 0; i < 10; ++i) CHECK(session.next()["result"]["content"][0]["text"].is_string());
}

TEST_CASE("starting and stopping race safely, with and without calls in flight") {
  for (int i = 0; i < 1000; ++i) {
    Session session({blocking_tool("wait", false,
                                   [](Call& call, const Json&) { return wait_for_stop(call); })});
    for (int id = 0; id < i % 4; ++id) session.call(id, "wait");
    CHECK(session.ending() < 5s);
    CHECK(session.status == 0);
  }
}
