#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/catalog/gateway_rig.h"

using namespace catalog;
using namespace tests;
using namespace std::chrono_literals;

namespace {

const std::string fine = chat_said("fine") + chat_finished("stop") + chat_done;

// Retries as in life, but without long waits of our own.
void quick(GatewaySettings& settings) { settings.retry_pace = {0.01, 20s, 2}; }

// Fails the first `times` requests in that way, then answers.
Upstream::Handler failing(int times, Upstream::Handler fail) {
  auto left = std::make_shared<std::atomic<int>>(times);
  return [=](const UpstreamRequest& request, Wire& wire) {
    if ((*left)-- > 0) return fail(request, wire);
    gateway_streaming(fine)(request, wire);
  };
}

std::string error_body(int code, const std::string& rest = "") {
  return R"({"error":{"message":"not now","code":)" + std::to_string(code) + rest + "}}";
}

Upstream::Handler answering(int status, const std::string& rest = "",
                            const std::string& headers = "") {
  return gateway_answering(status, "application/json", error_body(status, rest), headers);
}

}  // namespace

TEST_CASE("F59 F31 F65: what was certainly not billed is asked again, and then answered") {
  struct Case {
    const char* what;
    int failures;
    Upstream::Handler fail;
  };
  const Case cases[] = {
      {"F59 500", 1, answering(500)},
      {"F59 502", 1, answering(502)},
      {"F59 503", 1, answering(503)},
      {"F59 529", 1, answering(529)},
      {"429 twice", 2, answering(429)},
      {"F57 Retry-After: 0", 2, answering(429, "", "Retry-After: 0\r\n")},
      {"F57 Retry-After: abc", 2, answering(429, "", "Retry-After: abc\r\n")},
      {"F57 Retry-After: -5", 2, answering(429, "", "Retry-After: -5\r\n")},
      {"F57 Retry-After: 1e9", 2, answering(429, "", "Retry-After: 1e9\r\n")},
      {"F57 a date that is past", 2,
       answering(429, "", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n")},
      {"F57 the year 9999", 1,
       answering(503, "", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n")},
      {"F31 429 inside a 200", 1, gateway_answering(200, "application/json", error_body(429))},
      {"an error as the first event", 1,
       gateway_streaming(chat_event(R"({"choices":[],)" + error_body(502).substr(1)))},
      {"F65 a 404 that says it passes", 1,
       answering(404, R"(,"availability":{"code":"something_new","retryable":true})")},
      {"402 while other calls run", 1,
       answering(402, R"(,"metadata":{"reason":"in_flight_budget_exhausted"})")},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    GatewayRig rig(failing(c.failures, c.fail), quick);
    CHECK(rig.ask().text == "fine");
    CHECK(rig.upstream.requests().size() == static_cast<std::size_t>(c.failures) + 1);
  }
}

TEST_CASE("what may have been billed, and what a retry cannot mend, is sent once") {
  struct Case {
    const char* what;
    Upstream::Handler fail;
  };
  const Case cases[] = {
      {"F55 408", answering(408)},
      {"F55 504", answering(504)},
      {"a page of the edge", gateway_answering(502, "text/html", "<html>bad</html>")},
      {"an empty 503", gateway_answering(503, "text/plain", "")},
      {"F21 a reset after the request", [](const UpstreamRequest&, Wire& w) { w.hang_up(true); }},
      {"some text, then an error",
       gateway_streaming(chat_said("so") +
                         chat_event(R"({"choices":[],)" + error_body(502).substr(1)))},
      {"F51 401", answering(401)},
      {"402", answering(402)},
      {"402 that is too large by itself",
       answering(402, R"(,"metadata":{"reason":"weight_exceeds_budget"})", "Retry-After: 1\r\n")},
      {"F53 403", answering(403)},
      {"404", answering(404)},
      {"F65 a 503 that says it lasts", answering(503, R"(,"availability":{"retryable":false})")},
      {"F57 a wait that is too long", answering(429, "", "Retry-After: 21\r\n")},
      {"an empty account, as OpenAI says it", answering(429, R"(,"type":"insufficient_quota")")},
      {"the day's free calls",
       gateway_answering(429, "application/json",
                         R"({"error":{"message":"Rate limit exceeded: free-models-per-day"}})")},
      {"F41 a redirect",
       gateway_answering(307, "text/plain", "", "Location: http://127.0.0.1:1/\r\n")},
      {"an empty answer", gateway_streaming(chat_finished("stop") + chat_done)},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    GatewayRig rig(failing(1, c.fail), quick);
    failure_of([&] { rig.ask(); });
    CHECK(rig.upstream.requests().size() == 1);
  }
}

TEST_CASE("F57: the wait that was asked for is waited, told of, and can be cancelled") {
  std::string heard;
  const Listener listener{{}, [&](std::string_view what) { heard += std::string(what) + "\n"; }};
  Prompt prompt;
  prompt.text = "hi";
  GatewayRig rig(failing(1, answering(429, "", "Retry-After: 1\r\n")), quick);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(rig.gateway->invoke("a/b", prompt, listener, {}).text == "fine");
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
  CHECK(text_contains(heard, "waiting 1 s for openrouter: rate_limited"));

  GatewayRig busy(answering(429, R"(,"metadata":{"retry_after_seconds":19})"), quick);
  std::stop_source stop;
  std::jthread stopper([&] {
    for (int i = 0; i < 500 && busy.upstream.requests().empty(); ++i) {
      std::this_thread::sleep_for(10ms);
    }
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  CHECK_THROWS_AS(busy.gateway->invoke("a/b", prompt, {}, stop.get_token()), Cancelled);
  CHECK(busy.upstream.requests().size() == 1);
}

TEST_CASE("F01: a refused connection is tried three times, and said to have cost nothing") {
  int port = 0;
  {
    const Upstream gone([](const UpstreamRequest&, Wire&) {});
    port = gone.port();
  }
  GatewayRig rig(gateway_streaming(fine), [&](GatewaySettings& settings) {
    quick(settings);
    settings.base_url = "http://127.0.0.1:" + std::to_string(port) + "/v1";
    settings.credential.origin = "http://127.0.0.1:" + std::to_string(port);
  });
  const UpstreamError error = failure_of([&] { rig.ask(); });
  CHECK(kind_of(error) == "unavailable");
  CHECK(error.billed == Billed::no);
  CHECK(text_contains(error.what_happened, "could not connect"));
  CHECK(text_contains(error.what_happened, "(3 attempts)"));
}

TEST_CASE("F61: an outage costs few retries, and soon nothing is sent at all") {
  GatewayRig rig(answering(503), quick);
  for (int i = 0; i < 200; ++i) {
    const UpstreamError error = failure_of([&] { rig.ask(); });
    REQUIRE(kind_of(error) == "unavailable");
    REQUIRE(error.billed == Billed::no);
  }
  CHECK(rig.upstream.requests().size() == 5);
  const UpstreamError closed = failure_of([&] { rig.ask(); });
  CHECK(text_contains(closed.what_happened, "nothing was sent"));
  CHECK(closed.retry_after > 20s);
  failure_of([&] { rig.ask("c/d"); });  // another model is still asked
  CHECK(rig.upstream.requests().size() == 7);
}

TEST_CASE("F51: a refused key is not sent again and again") {
  GatewayRig rig(answering(401), quick);
  CHECK(text_contains(failure_of([&] { rig.ask(); }).what_happened, "OPENROUTER_API_KEY"));
  for (int i = 0; i < 10; ++i) CHECK(kind_of(failure_of([&] { rig.ask(); })) == "unauthorized");
  CHECK(rig.upstream.requests().size() == 1);
}
