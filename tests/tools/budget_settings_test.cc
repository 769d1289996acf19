#include "tools/budget_settings.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

using catalog::dollars;
using nlohmann::json;

namespace {

std::string problem(const char* text) {
  try {
    tools::read_budgets(json::parse(text));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("budgets keep their defaults until they are set, and null lifts them") {
  const auto usual = tools::read_budgets(json::object());
  CHECK(usual.day == dollars(10));
  CHECK(usual.minute == dollars(3));
  CHECK(usual.ask_above == dollars(1));
  CHECK_FALSE(usual.call);
  const auto set = tools::read_budgets(json::parse(
      R"({"day_usd": 2.5, "minute_usd": null, "call_usd": 0.5, "unknown_price": "allow",
          "per_day_usd": {"openai/gpt-5": 1}})"));
  CHECK(set.day == dollars(2.5));
  CHECK_FALSE(set.minute);
  CHECK(set.call == dollars(0.5));
  CHECK(set.unknown_price == catalog::UnknownPrice::allow);
  CHECK(set.per_day.at("openai/gpt-5") == dollars(1));
}

TEST_CASE("a budget that cannot be read is said where it stands, and nothing is guessed") {
  CHECK(problem(R"({"day_usd": "5"})") == "budgets.day_usd: expected an amount in $, or null");
  CHECK(problem(R"({"day_usd": -1})") == "budgets.day_usd: expected an amount in $, or null");
  CHECK(problem(R"({"unknown_price": "no"})").find("\"refuse\"") != std::string::npos);
  CHECK(problem(R"({"per_day_usd": 5})").find("per_day_usd") != std::string::npos);
  CHECK(problem(R"({"dayly_usd": 5})").find("there are:") != std::string::npos);
  CHECK_FALSE(problem("[]").empty());
}
