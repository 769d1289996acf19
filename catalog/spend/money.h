// Money as the ledger counts it: whole billionths of a dollar, so that sums are exact and the
// price of a single token of the cheapest model is still a number. Pure, on any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace catalog {

// Sums and differences stop at the ends of the range: what is too much to be counted is refused,
// and never wraps around into something small.
struct Money {
  std::int64_t nano_usd = 0;

  friend auto operator<=>(const Money&, const Money&) = default;
};

inline constexpr Money most_money{INT64_MAX};  // about nine thousand million dollars

Money operator+(Money a, Money b);
Money operator-(Money a, Money b);

// Rounded up to the next billionth; what is negative or no number is zero, what is absurd is
// `most_money`.
Money dollars(double usd);
double usd(Money money);
// "$0.0123": two digits behind the point, or as many as show three that count.
std::string in_dollars(Money money);

}  // namespace catalog
