#include "tools/sandbox/sandbox_server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "catalog/errors.h"
#include "tests/tools/sandbox_client.h"

namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tests::SandboxClient;

// A stream that runs on a thread of its own until it is stopped or ends.
class WatchedStream {
 public:
  WatchedStream(SandboxClient& client, std::string_view model, std::string_view prompt) {
    catalog::Exchange exchange = client.streamed_chat(model, prompt);
    exchange.on_head = [this](const catalog::ResponseHead& head) {
      generation_ = head.header("x-generation-id");
    };
    exchange.on_body = [this](std::string_view) {
      heard_ = true;
      return catalog::Heard::event;
    };
    thread_ = std::thread([this, &client, exchange] {
      try {
        client.transfers().perform(exchange, stop_.get_token());
      } catch (const catalog::Cancelled&) {
      } catch (const catalog::UpstreamError&) {
      }
    });
  }
  ~WatchedStream() {
    stop();
    if (thread_.joinable()) thread_.join();
  }

  bool heard_within(milliseconds time) const {
    const auto deadline = steady_clock::now() + time;
    while (!heard_ && steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    return heard_;
  }
  const std::string& generation() const { return generation_; }  // once something was heard
  void stop() { stop_.request_stop(); }

 private:
  std::stop_source stop_;
  std::string generation_;
  std::atomic<bool> heard_ = false;
  std::thread thread_;
};

// From the client's hanging up until the gateway has written the call off; 1 s when it never does.
milliseconds time_to_notice_a_hang_up(SandboxClient& client, std::string_view model,
                                      std::string_view prompt) {
  WatchedStream stream(client, model, prompt);
  REQUIRE(stream.heard_within(milliseconds(2000)));
  std::this_thread::sleep_for(milliseconds(20));
  const std::string path = "/api/v1/generation?id=" + stream.generation();
  return tests::time_of([&] {
    stream.stop();
    const auto deadline = steady_clock::now() + milliseconds(1000);
    while (steady_clock::now() < deadline && client.get(path).head.status != 200) continue;
  });
}

}  // namespace

TEST_CASE("sandbox/slow takes about three seconds, for 64 callers at once as for one") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  std::atomic<int> answers = 0;
  std::atomic<int> pieces = 0;
  const auto call = [&] {
    catalog::Exchange exchange = client.streamed_chat("sandbox/slow", "go");
    std::string body;
    exchange.on_body = [&](std::string_view bytes) {
      body += bytes;
      ++pieces;
      return catalog::Heard::event;
    };
    client.transfers().perform(exchange, {});
    answers += body.starts_with(": OPENROUTER PROCESSING\n\n") && body.ends_with("[DONE]\n\n") &&
               tests::events(body).size() > 25;
  };
  const auto time = tests::time_of([&] {
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 64; ++caller) callers.emplace_back(call);
    for (std::thread& caller : callers) caller.join();
  });
  CHECK(answers == 64);
  CHECK(pieces > 64 * 20);
  CHECK(time > milliseconds(2500));
  CHECK(time < milliseconds(4500));
}

TEST_CASE("the sandbox notices within 10 ms that a client hung up") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  milliseconds fastest{1000};
  for (int run = 0; run < 5; ++run) {
    fastest = std::min(fastest, time_to_notice_a_hang_up(client, "sandbox/slow", "go"));
  }
  CHECK(fastest <= milliseconds(10));
}

TEST_CASE("what a client left unheard is written off as cancelled") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  CHECK(time_to_notice_a_hang_up(client, "sandbox/slow", "go") < milliseconds(1000));
  const json generation =
      json::parse(client.get("/api/v1/generation?id=gen-sandbox-1").body)["data"];
  CHECK(generation["cancelled"] == true);
  CHECK(generation["finish_reason"].is_null());
  CHECK(generation["tokens_completion"].get<int>() < 15);
}

TEST_CASE("a sandbox ends at once, whatever is open") {
  auto sandbox = std::make_unique<tools::Sandbox>();
  SandboxClient client(*sandbox);
  std::vector<std::unique_ptr<WatchedStream>> streams;
  for (int stream = 0; stream < 16; ++stream) {
    const bool even = stream % 2 == 0;
    streams.push_back(std::make_unique<WatchedStream>(
        client, even ? "sandbox/slow" : "sandbox/error", even ? "go" : "stall"));
  }
  for (const auto& stream : streams) REQUIRE(stream->heard_within(milliseconds(2000)));
  tests::RawSocket silent(client.origin());
  tests::RawSocket kept_alive(client.origin());
  kept_alive.send("GET /api/v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  CHECK(kept_alive.read_until("\"total_count\"").starts_with("HTTP/1.1 200"));
  tests::RawSocket halfway(client.origin());
  halfway.send("POST /api/v1/chat/completions HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  CHECK(tests::time_of([&] { sandbox.reset(); }) < milliseconds(100));
  CHECK_THROWS(tests::RawSocket(client.origin()));
}

TEST_CASE("a sandbox that nobody has spoken to yet ends at once") {
  for (int run = 0; run < 200; ++run) tools::Sandbox();
  CHECK(tests::time_of([] { tools::Sandbox(); }) < milliseconds(100));
}

TEST_CASE("a connection to the sandbox serves many requests") {
  const tools::Sandbox sandbox;
  tests::RawSocket connection(sandbox.gateway().credential.origin);
  for (int request = 0; request < 20; ++request) {
    connection.send("GET /api/v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    CHECK(connection.read_until("\"total_count\":8}").starts_with("HTTP/1.1 200"));
  }
}

TEST_CASE("nonsense on a connection ends that connection only") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  for (const std::string& nonsense : {std::string("\r\n\r\n"), std::string("GET\r\n\r\n"),
                                      std::string("\x16\x03\x01\x02\x00", 5) + "\r\n\r\n",
                                      "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n"}) {
    tests::RawSocket connection(client.origin());
    connection.send(nonsense);
    connection.read_until("HTTP/1.1 4");
    CHECK(client.get("/api/v1/models").head.status == 200);
  }
}

TEST_CASE("a large prompt comes back whole") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  std::string prompt;
  while (prompt.size() < 60'000) prompt += fmt::format("word{} ", prompt.size());
  const auto events = tests::events(client.chat("sandbox/echo", prompt, {{"stream", true}}).body);
  std::string text;
  for (const json& event : events) text += event["choices"][0]["delta"]["content"];
  CHECK(text == "sandbox/echo heard: " + prompt);
  CHECK(events.size() < 300);
}
