// Time: the clocks of an exchange, being told to wait, having heard enough, and being cancelled.
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stop_token>
#include <string>
#include <thread>

#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "tests/catalog/exchanges.h"
#include "tests/upstream.h"

namespace {

using namespace tests;
using catalog::Billed;
using catalog::Cancelled;
using catalog::Exchange;
using catalog::Heard;
using catalog::Kind;
using catalog::Transfers;
using catalog::UpstreamError;

// How much later than due a thing may happen on a machine that is busy with other tests.
constexpr auto slack = 400ms;

// Keep-alives are noise, "data" is an event, "done" is enough.
Heard by_text(std::string_view bytes) {
  if (contains(bytes, "done")) return Heard::enough;
  return contains(bytes, "data") ? Heard::event : Heard::noise;
}

void trickle(Wire& wire, std::string_view piece, int times, std::chrono::milliseconds pause) {
  for (int i = 0; i < times && wire.chunk(piece); ++i) std::this_thread::sleep_for(pause);
}

UpstreamError timed_out(const Exchange& exchange, std::chrono::milliseconds due) {
  Transfers transfers;
  const Stopwatch watch;
  const auto error = failure<UpstreamError>(transfers, exchange);
  REQUIRE(error);
  CHECK(error->kind == Kind::timed_out);
  CHECK(watch.elapsed() >= due);
  CHECK(watch.elapsed() < due + slack);
  return *error;
}

}  // namespace

TEST_CASE("connect clock: TLS that is never answered, and nothing was sent") {
  Upstream upstream([](const UpstreamRequest&, Wire&) {});  // waits for a request that never comes
  Exchange exchange = post("https://127.0.0.1:" + std::to_string(upstream.port()) + "/", "{}");
  exchange.clocks.connect = 150ms;
  const UpstreamError error = timed_out(exchange, 150ms);
  CHECK(contains(error.what_happened, "no connection to 127.0.0.1:"));
  CHECK(contains(error.what_happened, "150 ms"));
  CHECK(error.billed == Billed::no);
}

TEST_CASE("first-event clock: keep-alives alone do not stop it") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    trickle(wire, ": PROCESSING\n\n", 100, 20ms);
  });
  Exchange exchange = post(upstream.url(), "{}");
  exchange.on_body = by_text;
  exchange.clocks.first_event = 200ms;
  exchange.clocks.idle = 50ms;
  const UpstreamError error = timed_out(exchange, 200ms);
  CHECK(contains(error.what_happened, "no first event"));
  CHECK(contains(error.what_happened, "200 ms"));
  CHECK(error.status == 200);
  CHECK(error.billed == Billed::unknown);
}

TEST_CASE("idle clock: starts again with every event, and only with events") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    trickle(wire, "data", 5, 100ms);
    trickle(wire, ":", 100, 20ms);
  });
  Exchange exchange = post(upstream.url(), "{}");
  exchange.on_body = by_text;
  exchange.clocks.idle = 300ms;
  const UpstreamError error = timed_out(exchange, 400ms + 300ms);
  CHECK(contains(error.what_happened, "no event from"));
  CHECK(contains(error.what_happened, "300 ms"));
  CHECK(error.billed == Billed::unknown);
}

TEST_CASE("total clock: runs out although events keep coming") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    trickle(wire, "data", 200, 10ms);
  });
  Exchange exchange = get(upstream.url());
  exchange.on_body = by_text;
  exchange.clocks.total = 250ms;
  const UpstreamError error = timed_out(exchange, 250ms);
  CHECK(contains(error.what_happened, "no complete answer"));
  CHECK(error.billed == Billed::no);  // a GET buys nothing
}

TEST_CASE("a body that nobody listens to counts by its bytes") {
  Upstream upstream([](const UpstreamRequest& request, Wire& wire) {
    wire.begin_chunks(200, "text/plain");
    trickle(wire, "x", 6, 100ms);
    if (request.target == "/stalls") {
      wire.closed_within(5s);
    } else {
      wire.last_chunk();
    }
  });
  Exchange exchange = get(upstream.url());
  exchange.clocks.first_event = exchange.clocks.idle = 400ms;
  Transfers transfers;
  CHECK(transfers.perform(exchange, {}).body == "xxxxxx");
  exchange.url += "/stalls";
  CHECK(contains(timed_out(exchange, 900ms).what_happened, "no event"));
}

TEST_CASE("clocks without end are no trouble") {
  Upstream upstream(
      [](const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", "ok"); });
  Exchange exchange = get(upstream.url());
  const auto forever = std::chrono::milliseconds::max();
  exchange.clocks = {forever, forever, forever, forever};
  Transfers transfers;
  CHECK(transfers.perform(exchange, {}).body == "ok");
}

TEST_CASE("one who waits is told so about four times a second") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    std::this_thread::sleep_for(1100ms);
    wire.reply(200, "text/plain", "ok");
  });
  int waits = 0;
  Exchange exchange = get(upstream.url());
  exchange.on_wait = [&] { ++waits; };
  Transfers transfers;
  transfers.perform(exchange, {});
  CHECK(waits >= 2);
  CHECK(waits <= 4);
}

TEST_CASE("enough: a stream that does not end by itself is left, and that is a success") {
  std::promise<bool> closed;
  Upstream upstream([&](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("done");
    closed.set_value(wire.closed_within(5s));
    wire.hang_up();
  });
  std::string heard;
  Exchange exchange = post(upstream.url(), "{}");
  exchange.on_body = [&](std::string_view bytes) {
    heard += bytes;
    return by_text(bytes);
  };
  Transfers transfers;
  const Stopwatch watch;
  CHECK(transfers.perform(exchange, {}).head.status == 200);
  CHECK(watch.elapsed() < slack);
  CHECK(closed.get_future().get());
  CHECK(heard == "done");
}

TEST_CASE("enough: a stream that ends in the grace keeps its connection; the rest is not heard") {
  Upstream upstream([&](const UpstreamRequest& request, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("done");
    wire.chunk("more data");
    if (request.target == "/breaks") return wire.hang_up();
    wire.last_chunk();
  });
  Transfers transfers;
  for (const std::string path : {"/", "/", "/breaks"}) {
    CAPTURE(path);
    std::string heard;
    Exchange exchange = post(upstream.url() + path, "{}");
    exchange.on_body = [&](std::string_view bytes) {
      heard += bytes;
      return by_text(bytes);
    };
    CHECK(transfers.perform(exchange, {}).head.status == 200);
    CHECK(heard == "done");
  }
  CHECK(upstream.connections() == 1);
}

TEST_CASE("cancelled: the upstream sees the connection close at once") {
  std::promise<void> closed;
  std::stop_source stop;
  std::chrono::steady_clock::time_point stopped_at;
  Upstream upstream([&](const UpstreamRequest& request, Wire& wire) {
    if (request.target == "/next") {
      wire.reply(200, "text/plain", "ok");
      return;
    }
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("data");
    std::this_thread::sleep_for(50ms);  // the caller waits in its poll by now
    stopped_at = std::chrono::steady_clock::now();
    stop.request_stop();
    if (wire.closed_within(5s)) closed.set_value();
    wire.hang_up();
  });
  Transfers transfers;
  Exchange exchange = post(upstream.url(), "{}");
  exchange.on_body = by_text;
  CHECK_THROWS_AS(transfers.perform(exchange, stop.get_token()), Cancelled);
  const auto noticed = closed.get_future();
  REQUIRE(noticed.wait_for(5s) == std::future_status::ready);
  const auto late = std::chrono::steady_clock::now() - stopped_at;
  MESSAGE("closed after " << std::chrono::duration<double, std::milli>(late).count() << " ms");
  CHECK(late < 250ms);
  CHECK(transfers.perform(get(upstream.url() + "/next"), {}).body == "ok");
  CHECK(upstream.connections() == 2);  // the connection of the cancelled call is not used again
}

TEST_CASE("cancelled before it began: nothing is sent") {
  Upstream upstream(
      [](const UpstreamRequest&, Wire& wire) { wire.reply(200, "text/plain", "ok"); });
  Transfers transfers;
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(transfers.perform(post(upstream.url(), "{}"), stop.get_token()), Cancelled);
  CHECK(upstream.connections() == 0);
}

TEST_CASE("cancelled while connecting, and from within a callback") {
  Upstream upstream([](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("data");
    wire.closed_within(5s);
    wire.hang_up();
  });
  Transfers transfers;
  std::stop_source while_connecting;
  std::thread stopper([&] {
    std::this_thread::sleep_for(50ms);
    while_connecting.request_stop();
  });
  const Stopwatch watch;
  const std::string tls = "https://127.0.0.1:" + std::to_string(upstream.port()) + "/";
  CHECK_THROWS_AS(transfers.perform(post(tls, "{}"), while_connecting.get_token()), Cancelled);
  stopper.join();
  std::stop_source within;
  Exchange exchange = post(upstream.url(), "{}");
  exchange.on_body = [&](std::string_view) {
    within.request_stop();
    return Heard::event;
  };
  CHECK_THROWS_AS(transfers.perform(exchange, within.get_token()), Cancelled);
  CHECK(watch.elapsed() < 2s);
}
