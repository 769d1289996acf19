#include "catalog/models/breaker.h"

#include <doctest/doctest.h>

#include <string>

using namespace catalog;
using namespace std::chrono_literals;

namespace {

UpstreamError failed(Kind kind, int status, Billed billed = Billed::no,
                     const char* message = "said") {
  UpstreamError error(kind, "failed");
  error.status = status;
  error.billed = billed;
  error.provider_message = message;
  return error;
}

const Breaker::Time start{1000h};

// What admission was refused with; nothing when it was not. The caller settles what was admitted.
std::optional<UpstreamError> refusal(Breaker& breaker, const std::string& model,
                                     Breaker::Time now) {
  try {
    breaker.admit(model, now);
  } catch (const UpstreamError& error) {
    return error;
  }
  return std::nullopt;
}

void fail(Breaker& breaker, const std::string& model, Verdict verdict, Breaker::Time now) {
  REQUIRE_FALSE(refusal(breaker, model, now));
  breaker.settle(model, verdict, now);
}

}  // namespace

TEST_CASE("whose failure it was") {
  CHECK(verdict_of(failed(Kind::unavailable, 0)) == Verdict::gateway_failed);
  CHECK(verdict_of(failed(Kind::unavailable, 0, Billed::unknown)) == Verdict::gateway_failed);
  CHECK(verdict_of(failed(Kind::timed_out, 0)) == Verdict::gateway_failed);
  CHECK(verdict_of(failed(Kind::unavailable, 502, Billed::unknown, "")) == Verdict::gateway_failed);
  CHECK(verdict_of(failed(Kind::unavailable, 502)) == Verdict::model_failed);
  CHECK(verdict_of(failed(Kind::timed_out, 200, Billed::unknown)) == Verdict::model_failed);
  CHECK(verdict_of(failed(Kind::unauthorized, 401)) == Verdict::key_refused);
  UpstreamError of_provider = failed(Kind::unauthorized, 401);
  of_provider.provider = "Kiln";
  CHECK(verdict_of(of_provider) == Verdict::alive);
  for (const Kind kind : {Kind::rate_limited, Kind::out_of_credit, Kind::invalid_arguments,
                          Kind::not_found, Kind::truncated, Kind::empty, Kind::moderated}) {
    CHECK(verdict_of(failed(kind, 400)) == Verdict::alive);
  }
}

TEST_CASE("five failures in a row close the gateway, one call then tries, longer each time") {
  Breaker breaker("somewhere");
  for (int i = 0; i < 5; ++i) fail(breaker, "a/b", Verdict::gateway_failed, start);
  const auto refused = refusal(breaker, "c/d", start + 1s);  // whatever the model
  REQUIRE(refused);
  CHECK(refused->kind == Kind::unavailable);
  CHECK(refused->billed == Billed::no);
  CHECK(refused->what_happened.find("somewhere") != std::string::npos);
  REQUIRE(refused->retry_after);
  CHECK(*refused->retry_after >= 23s);
  CHECK(*refused->retry_after <= 36s);

  const auto later = start + 37s;
  CHECK_FALSE(refusal(breaker, "c/d", later));  // the one that tries
  CHECK(refusal(breaker, "c/d", later));        // the others wait for what it finds
  breaker.settle("c/d", Verdict::gateway_failed, later);
  const auto again = refusal(breaker, "c/d", later + 1s);
  REQUIRE(again);
  CHECK(*again->retry_after >= 47s);

  const auto much_later = later + 73s;
  CHECK_FALSE(refusal(breaker, "c/d", much_later));
  breaker.settle("c/d", Verdict::unknown, much_later);  // its caller went away
  fail(breaker, "c/d", Verdict::alive, much_later);
  for (int i = 0; i < 4; ++i) fail(breaker, "a/b", Verdict::gateway_failed, much_later);
  CHECK_FALSE(refusal(breaker, "a/b", much_later));
}

TEST_CASE("never closed for longer than six minutes") {
  Breaker breaker("somewhere");
  auto now = start;
  for (int i = 0; i < 5; ++i) fail(breaker, "a/b", Verdict::gateway_failed, now);
  for (int i = 0; i < 40; ++i) {
    now += 361s;
    fail(breaker, "a/b", Verdict::gateway_failed, now);
  }
}

TEST_CASE("one model's outage is not the gateway's") {
  Breaker breaker("somewhere");
  for (int i = 0; i < 5; ++i) fail(breaker, "a/b", Verdict::model_failed, start);
  const auto refused = refusal(breaker, "a/b", start);
  REQUIRE(refused);
  CHECK(refused->what_happened.find("a/b") != std::string::npos);
  CHECK_FALSE(refusal(breaker, "c/d", start));
  breaker.settle("c/d", Verdict::alive, start);
  fail(breaker, "a/b", Verdict::alive, start + 37s);
  CHECK_FALSE(refusal(breaker, "a/b", start + 37s));
}

TEST_CASE("failures are counted in a row") {
  Breaker breaker("somewhere");
  for (int i = 0; i < 50; ++i) {
    const bool fourth = i % 5 == 4;
    fail(breaker, "a/b", fourth ? Verdict::alive : Verdict::gateway_failed, start);
  }
  CHECK_FALSE(refusal(breaker, "a/b", start));
}

TEST_CASE("a refused key is not tried again for a minute") {
  Breaker breaker("somewhere");
  fail(breaker, "a/b", Verdict::key_refused, start);
  const auto refused = refusal(breaker, "c/d", start + 1s);
  REQUIRE(refused);
  CHECK(refused->kind == Kind::unauthorized);
  CHECK(refused->retry_after == 59s);
  CHECK_FALSE(refusal(breaker, "c/d", start + 60s));
}

TEST_CASE("models that fail by the thousand take no more room than some") {
  Breaker breaker("somewhere");
  for (int i = 0; i < 5000; ++i) {
    fail(breaker, "a/" + std::to_string(i), Verdict::model_failed, start);
  }
  for (int i = 0; i < 5; ++i) fail(breaker, "b/b", Verdict::model_failed, start);
  CHECK(refusal(breaker, "b/b", start));
}
