#include "catalog/models/price.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace catalog;
using nlohmann::json;

namespace {

// Of 2026-08-25, a Tuesday.
std::chrono::system_clock::time_point at(int hour, int minute) {
  using namespace std::chrono;
  return sys_days(year(2026) / 8 / 25) + hours(hour) + minutes(minute);
}

// The shape of a record of August 2026, with conditions of the time added.
Price tiered() {
  return decode_price(json::parse(R"({"prompt":"0.000002","completion":"0.000012",
    "input_cache_read":"0.0000002","overrides":[
      {"min_prompt_tokens":200000,"prompt":"0.000004","completion":"0.000018","input_cache_read":"0.0000004"},
      {"utc_start":"2200","utc_end":"0600","prompt":"0.000001"},
      {"utc_days":["Sat","SUNDAY"],"completion":"0.000006"}]})"));
}

}  // namespace

TEST_CASE("an override holds for larger prompts, and what it does not name stays") {
  const Price small = price_at(tiered(), 200'000, at(12, 0));  // strictly more
  CHECK(small.prompt_usd_per_million == 2.0);
  CHECK(small.completion_usd_per_million == 12.0);
  const Price large = price_at(tiered(), 200'001, at(12, 0));
  CHECK(large.prompt_usd_per_million == 4.0);
  CHECK(large.completion_usd_per_million == 18.0);
  CHECK(large.other_usd_per_unit.at("input_cache_read") == 0.0000004);
  CHECK(large.overrides.empty());
}

TEST_CASE("an override holds at its hours and days, later ones win") {
  struct Case {
    int hour, minute;
    double prompt;
  };
  for (const Case& c :
       {Case{21, 59, 2}, Case{22, 0, 1}, Case{0, 0, 1}, Case{5, 59, 1}, Case{6, 0, 2}}) {
    CAPTURE(c.hour);
    CHECK(price_at(tiered(), 10, at(c.hour, c.minute)).prompt_usd_per_million == c.prompt);
  }
  CHECK(price_at(tiered(), 300'000, at(23, 0)).prompt_usd_per_million == 1.0);
  using namespace std::chrono_literals;
  CHECK(price_at(tiered(), 10, at(12, 0)).completion_usd_per_million == 12.0);
  CHECK(price_at(tiered(), 10, at(12, 0) + 96h).completion_usd_per_million == 6.0);
}

TEST_CASE("the dearest price is an upper bound, whatever the hour") {
  CHECK(dearest_price(tiered(), 10).prompt_usd_per_million == 2.0);
  CHECK(dearest_price(tiered(), 10).completion_usd_per_million == 12.0);
  CHECK(dearest_price(tiered(), 300'000).prompt_usd_per_million == 4.0);
  CHECK(dearest_price(tiered(), 300'000).completion_usd_per_million == 18.0);
}

TEST_CASE("a discount is taken off the overrides too, and odd ones do no harm") {
  const Price price = decode_price(json::parse(
      R"({"prompt":"0.000002","completion":"0.000004","discount":0.5,"overrides":[
        {"min_prompt_tokens":1000,"prompt":"0.000008"},7,null,
        {"min_prompt_tokens":"x","utc_start":"9999","utc_days":[3],"prompt":"-1"}]})"));
  REQUIRE(price.overrides.size() == 2);
  CHECK(price_at(price, 2000, at(12, 0)).prompt_usd_per_million == 4.0);
  CHECK(price_at(price, 2000, at(12, 0)).completion_usd_per_million == 2.0);
  CHECK(decode_price(json::parse(R"({"prompt":"0","completion":"0","overrides":5})")).free());
}

TEST_CASE("what tokens cost") {
  CHECK(cost_of(price_at(tiered(), 1000, at(12, 0)), 1000, 100) == doctest::Approx(0.0032));
  CHECK_FALSE(cost_of(decode_price(json::parse(R"({"prompt":"-1","completion":"-1"})")), 1, 1));
  CHECK_FALSE(cost_of(decode_price(json::parse(R"({"prompt":"0.1"})")), 1, 1));
}
