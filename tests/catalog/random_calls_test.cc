// A thousand calls at random, many of them cancelled at random moments and some through connections
// that break: none is answered twice, none is left running upstream, and each is accounted for.
#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/catalog/billing_gateway.h"
#include "tests/fault_proxy.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;

namespace {

constexpr int calls_each = 50;
constexpr int callers = 20;

// The ends there are; together they are all the calls there were.
struct Ends {
  std::atomic<int> answered{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> failed{0};
  std::atomic<int> failed_unbilled{0};
  std::atomic<int> garbled{0};  // an answer that is not the one that was sent
};

void call_once(Gateway& gateway, std::chrono::microseconds cancel_after, Ends& ends) {
  std::stop_source stop;
  std::jthread canceller;
  if (cancel_after.count() >= 0) {
    canceller = std::jthread([&stop, cancel_after] {
      std::this_thread::sleep_for(cancel_after);
      stop.request_stop();
    });
  }
  std::string heard;
  const Listener listener{[&](std::string_view text) { heard += text; }, {}};
  Prompt prompt;
  prompt.text = "hi";
  try {
    const Answer answer = gateway.invoke("a/b", prompt, listener, stop.get_token());
    ++ends.answered;
    ends.garbled += answer.text != "word word word word " || heard != answer.text;
  } catch (const Cancelled&) {
    ++ends.cancelled;
  } catch (const UpstreamError& error) {
    ++ends.failed;
    ends.failed_unbilled += error.billed == Billed::no;
  }
}

void call_often(Gateway& gateway, unsigned seed, Ends& ends) {
  std::minstd_rand random(seed);
  for (int i = 0; i < calls_each; ++i) {
    const bool cancels = random() % 2 == 0;
    const auto after = std::chrono::microseconds(random() % 8000);
    call_once(gateway, cancels ? after : -1us, ends);
  }
}

void call_from_all_sides(Gateway& gateway, Ends& ends) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back(
        [&gateway, &ends, i] { call_often(gateway, static_cast<unsigned>(i + 1), ends); });
  }
}

bool all_ended(const Books& books) {
  for (int i = 0; i < 500 && books.running > 0; ++i) std::this_thread::sleep_for(10ms);
  return books.running == 0;
}

}  // namespace

TEST_CASE("a thousand calls, half of them cancelled at some moment") {
  Books books;
  GatewayRig rig(billing(books, 4, 1ms));
  Ends ends;
  call_from_all_sides(*rig.gateway, ends);
  CHECK(ends.answered + ends.cancelled + ends.failed == calls_each * callers);
  CHECK(ends.failed == 0);
  CHECK(ends.garbled == 0);
  CHECK(ends.answered > calls_each * callers / 4);
  CHECK(ends.cancelled > 0);
  CHECK(all_ended(books));  // nothing is left running
  // Each was sent once at most: those that were stopped early never were.
  CHECK(books.posts >= ends.answered);
  CHECK(books.posts <= calls_each * callers);
  CHECK(books.billed == books.posts);
}

TEST_CASE("the same through connections of which some break") {
  Books books;
  Upstream upstream(billing(books, 4, 1ms));
  FaultProxy proxy(upstream.port(), [](std::size_t connection) {
    Fault fault;
    if (connection % 4 == 0) fault.after_response = 100 + connection * 37 % 2000;
    if (connection % 8 == 0) fault.how = Fault::How::reset;
    return fault;
  });
  GatewaySettings settings = gateway_settings(upstream);
  settings.base_url = proxy.url() + "/api/v1";
  settings.credential.origin = proxy.url();
  settings.retry_pace = {0.01, 20s, 2};
  Transfers transfers;
  const auto gateway = make_openrouter(std::move(settings), transfers);
  Ends ends;
  call_from_all_sides(*gateway, ends);
  CHECK(ends.answered + ends.cancelled + ends.failed == calls_each * callers);
  CHECK(ends.garbled == 0);
  CHECK(ends.failed > 0);
  CHECK(all_ended(books));
  // What the gateway billed, callers know of: answers, calls they cancelled, and failures that may
  // have been billed.
  CHECK(books.billed <= ends.answered + ends.cancelled + (ends.failed - ends.failed_unbilled));
  CHECK(books.billed >= ends.answered);
}
