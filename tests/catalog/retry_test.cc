#include "catalog/models/retry.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace catalog;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

UpstreamError failed(Kind kind, int status, Billed billed = Billed::no) {
  UpstreamError error(kind, "failed");
  error.status = status;
  error.billed = billed;
  return error;
}

UpstreamError asking(UpstreamError error, std::chrono::seconds wait) {
  error.retry_after = wait;
  return error;
}

UpstreamError saying(UpstreamError error, bool retryable) {
  error.retryable = retryable;
  return error;
}

UpstreamError with_text(UpstreamError error) {
  error.partial_text = "so far";
  return error;
}

// What happened, and how long each next attempt waits, from the least to the most.
struct Case {
  const char* what;
  UpstreamError error;
  std::vector<std::pair<milliseconds, milliseconds>> delays;
};

void check_delays(const Case& c) {
  constexpr auto plenty = 10min;
  int made = 1;
  for (const auto& [least, most] : c.delays) {
    CAPTURE(made);
    const auto soonest = retry_of(c.error, made, plenty, {}, 0);
    const auto latest = retry_of(c.error, made, plenty, {}, 1);
    REQUIRE(soonest);
    CHECK(soonest->delay == least);
    CHECK(latest->delay == most);
    CHECK(soonest->price > 0);
    ++made;
  }
  CHECK_FALSE(retry_of(c.error, made, plenty, {}, 0.5));
}

}  // namespace

TEST_CASE("which failures are asked again, how often and after how long") {
  const Case cases[] = {
      {"no connection", failed(Kind::unavailable, 0), {{0ms, 50ms}, {0ms, 100ms}}},
      {"no connection in time", failed(Kind::timed_out, 0), {{0ms, 50ms}}},
      {"429", failed(Kind::rate_limited, 429), {{0ms, 1000ms}, {0ms, 2000ms}}},
      {"429 with a time", asking(failed(Kind::rate_limited, 429), 12s), {{12s, 12s}, {12s, 12s}}},
      {"429 with a time of nothing",
       asking(failed(Kind::rate_limited, 429), 0s),
       {{0ms, 1000ms}, {0ms, 2000ms}}},
      {"429 with a time that is too long", asking(failed(Kind::rate_limited, 429), 21s), {}},
      {"the day's free calls", saying(failed(Kind::rate_limited, 429), false), {}},
      {"credit held by running calls",
       saying(failed(Kind::out_of_credit, 402), true),
       {{0ms, 1000ms}, {0ms, 2000ms}}},
      {"no credit", failed(Kind::out_of_credit, 402), {}},
      {"500", failed(Kind::unavailable, 500), {{500ms, 2000ms}}},
      {"502", failed(Kind::unavailable, 502), {{500ms, 2000ms}}},
      {"503 with a time", asking(failed(Kind::unavailable, 503), 3s), {{3s, 3s}}},
      {"529", failed(Kind::unavailable, 529), {{1000ms, 4000ms}}},
      {"an edge's page, after which it may be billed",
       failed(Kind::unavailable, 502, Billed::unknown),
       {}},
      {"504", failed(Kind::timed_out, 504, Billed::unknown), {}},
      {"408", failed(Kind::timed_out, 408, Billed::unknown), {}},
      {"a reset after the request", failed(Kind::unavailable, 0, Billed::unknown), {}},
      {"a stall", failed(Kind::timed_out, 200, Billed::unknown), {}},
      {"a truncated answer", failed(Kind::truncated, 200, Billed::unknown), {}},
      {"an error after some text", with_text(failed(Kind::unavailable, 502)), {}},
      {"an error that was billed", failed(Kind::unavailable, 502, Billed::yes), {}},
      {"a certificate", saying(failed(Kind::unavailable, 0), false), {}},
      {"400", failed(Kind::invalid_arguments, 400), {}},
      {"401", failed(Kind::unauthorized, 401), {}},
      {"403", failed(Kind::forbidden, 403), {}},
      {"404", failed(Kind::not_found, 404), {}},
      {"404 that says it passes", saying(failed(Kind::unsupported, 404), true), {{500ms, 2000ms}}},
      {"503 that says it does not", saying(failed(Kind::unavailable, 503), false), {}},
      {"moderation", failed(Kind::moderated, 403), {}},
      {"a redirect", failed(Kind::malformed, 307), {}},
      {"too large an answer", failed(Kind::malformed, 200, Billed::unknown), {}},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    check_delays(c);
  }
}

TEST_CASE("nobody waits beyond the end of the call") {
  const UpstreamError error = asking(failed(Kind::rate_limited, 429), 5s);
  CHECK(retry_of(error, 1, 5001ms, {}, 0));
  CHECK_FALSE(retry_of(error, 1, 5s, {}, 0));
  CHECK_FALSE(retry_of(failed(Kind::unavailable, 0), 1, 0ms, {}, 0.5));
  CHECK_FALSE(retry_of(failed(Kind::unavailable, 0), 1, -1s, {}, 0.5));
}

TEST_CASE("no call is tried more than three times, whatever the reasons") {
  for (const UpstreamError& error :
       {failed(Kind::unavailable, 0), failed(Kind::rate_limited, 429),
        failed(Kind::unavailable, 503), saying(failed(Kind::not_found, 404), true)}) {
    CHECK_FALSE(retry_of(error, 3, 10min, {}, 0.5));
    CHECK_FALSE(retry_of(error, 1, 10min, {1, 20s, 0}, 0.5));
  }
}

TEST_CASE("an outage uses the quota up, success fills it again") {
  RetryQuota quota;
  int retries = 0;
  while (quota.take(14)) ++retries;
  CHECK(retries == 35);
  for (int i = 0; i < 4; ++i) quota.succeeded(0);
  CHECK(quota.take(14));  // 10 were left
  CHECK_FALSE(quota.take(1));
  quota.succeeded(14);
  CHECK(quota.take(15));
}
