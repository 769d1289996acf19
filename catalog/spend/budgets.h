// How much may be spent: what the configuration says, and what holds where it says nothing.
// Filled in at start, then read by any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/spend/ledger.h"
#include "catalog/spend/money.h"

namespace catalog {

// What to do with a call whose price is not known.
enum class UnknownPrice { ask, refuse, allow };

struct Budgets {
  std::optional<Money> call;                              // of one call, whoever allows more
  std::optional<Money> session;                           // of this program's run
  std::optional<Money> day = Money{10'000'000'000};       // UTC
  std::optional<Money> month{};                           // UTC
  std::optional<Money> minute = Money{3'000'000'000};     // what a loop runs into
  std::optional<Money> ask_above = Money{1'000'000'000};  // one call, without `max_cost_usd`
  UnknownPrice unknown_price = UnknownPrice::ask;
  std::map<std::string, Money> per_day{};  // by target or gateway
};

// One of them, as it bears on a purchase.
struct Budget {
  std::string name;     // "day", "session", "openai/gpt-5 a day"
  std::string setting;  // of the configuration: "budgets.day_usd"
  Limit limit;
  Scope scope;  // where it is remembered that somebody was told how much of it is gone
};
std::vector<Budget> budgets_of(const Budgets& budgets, const Purchased& purchased);

}  // namespace catalog
