// Connections: which calls share one, when they are closed, and many calls at once.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "tests/catalog/exchanges.h"
#include "tests/upstream.h"

namespace {

using namespace tests;
using catalog::Cancelled;
using catalog::Credential;
using catalog::Exchange;
using catalog::Heard;
using catalog::Secret;
using catalog::Transfers;
using catalog::UpstreamError;

void answer_ok(const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", "ok"); }

Credential credential(const Upstream& upstream, const char* key) {
  Credential made;
  made.origin = upstream.url();
  made.secret = Secret(key);
  return made;
}

}  // namespace

TEST_CASE("calls one after another use one connection, whatever their path and outcome") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    wire.reply(request.target == "/bad" ? 500 : 200, "text/plain", "ok");
  });
  Transfers transfers;
  for (const std::string path : {"/a", "/b", "/bad", "/a?x=1"}) {
    transfers.perform(post(upstream.url() + path, "{}"), {});
    transfers.perform(get(upstream.url() + path), {});
  }
  CHECK(upstream.requests().size() == 8);
  CHECK(upstream.connections() == 1);
}

TEST_CASE("the connection used last is used next") {
  std::atomic<int> arrived{0};
  std::mutex mutex;
  std::vector<const Wire*> wires;  // by request
  Upstream upstream([&](const UpstreamRequest& request, Wire& wire) {
    if (request.target == "/together") {
      ++arrived;
      for (int i = 0; i < 500 && arrived < 2; ++i) std::this_thread::sleep_for(10ms);
    }
    {
      std::lock_guard lock(mutex);
      wires.push_back(&wire);
    }
    wire.reply(200, "text/plain", "ok");
  });
  Transfers transfers;
  std::thread other([&] { transfers.perform(get(upstream.url() + "/together"), {}); });
  transfers.perform(get(upstream.url() + "/together"), {});
  other.join();
  for (int i = 0; i < 5; ++i) transfers.perform(get(upstream.url() + "/alone"), {});
  CHECK(upstream.connections() == 2);
  CHECK(std::set<const Wire*>(wires.begin() + 2, wires.end()).size() == 1);
}

TEST_CASE("two keys never share a connection, nor does a call without one") {
  Upstream upstream(answer_ok);
  Transfers transfers;
  const Credential one = credential(upstream, "sk-test-the-first-key");
  const Credential two = credential(upstream, "sk-test-the-second-key");
  for (int round = 0; round < 3; ++round) {
    for (const Credential* each : {&one, &two, static_cast<const Credential*>(nullptr)}) {
      Exchange exchange = get(upstream.url());
      exchange.credential = each;
      transfers.perform(exchange, {});
      const std::string sent = upstream.requests().back().header("authorization");
      CHECK(sent == (each == nullptr ? "" : "Bearer " + std::string(each->secret.reveal())));
    }
  }
  CHECK(upstream.connections() == 3);
}

TEST_CASE("an idle connection is closed before the upstream gives up on it, with nobody calling") {
  std::promise<std::chrono::milliseconds> closed;
  Upstream upstream([&](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "text/plain", "ok", "Keep-Alive: timeout=2\r\n");
    const Stopwatch idle;
    if (wire.closed_within(10s)) closed.set_value(idle.elapsed());
    wire.hang_up();
  });
  Transfers transfers;
  transfers.perform(get(upstream.url()), {});
  auto idle = closed.get_future();
  REQUIRE(idle.wait_for(10s) == std::future_status::ready);
  CHECK(idle.get() < 1900ms);
}

TEST_CASE("a connection that the upstream will not keep is not kept") {
  for (const std::string header :
       {"Connection: close\r\n", "Keep-Alive: timeout=1\r\n", "Keep-Alive: timeout=0, max=5\r\n"}) {
    CAPTURE(header);
    Upstream upstream(
        [&](const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", "ok", header); });
    Transfers transfers;
    transfers.perform(get(upstream.url()), {});
    transfers.perform(get(upstream.url()), {});
    CHECK(upstream.connections() == 2);
  }
}

TEST_CASE("64 calls at once, half of them cancelled, again and again") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("data: " + request.body + "\n\n");
    if (request.target == "/cancelled") {
      wire.closed_within(10s);
      return wire.hang_up();
    }
    wire.last_chunk();
  });
  Transfers transfers;
  std::atomic<int> answered{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> wrong{0};
  const auto call = [&](int number) {
    const bool cancel = number % 2 == 0;
    const std::string body = std::to_string(number);
    std::stop_source stop;
    std::string heard;
    Exchange exchange = post(upstream.url() + (cancel ? "/cancelled" : "/answered"), body);
    exchange.on_body = [&](std::string_view bytes) {
      heard += bytes;
      return Heard::event;
    };
    std::thread stopper([&] {
      if (!cancel) return;
      std::this_thread::sleep_for(std::chrono::microseconds(number * 300));
      stop.request_stop();
    });
    try {
      transfers.perform(exchange, stop.get_token());
      ++(cancel || heard != "data: " + body + "\n\n" ? wrong : answered);
    } catch (const Cancelled&) {
      ++(cancel ? cancelled : wrong);
    } catch (const UpstreamError&) {
      ++wrong;
    }
    stopper.join();
  };
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) threads.emplace_back(call, i);
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(answered == 96);
  CHECK(cancelled == 96);
  CHECK(wrong == 0);
  CHECK(transfers.perform(post(upstream.url() + "/answered", "last"), {}).body == "data: last\n\n");
}
