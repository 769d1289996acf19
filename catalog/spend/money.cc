#include "catalog/spend/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace catalog {
namespace {

constexpr double nano = 1e9;

}  // namespace

Money operator+(Money a, Money b) {
  Money sum;
  if (!__builtin_add_overflow(a.nano_usd, b.nano_usd, &sum.nano_usd)) return sum;
  return {a.nano_usd > 0 ? INT64_MAX : INT64_MIN};
}

Money operator-(Money a, Money b) {
  Money difference;
  if (!__builtin_sub_overflow(a.nano_usd, b.nano_usd, &difference.nano_usd)) return difference;
  return {a.nano_usd > 0 ? INT64_MAX : INT64_MIN};
}

Money dollars(double usd) {
  if (!(usd > 0)) return {};
  const double exact = usd * nano;
  if (exact >= 9.2e18) return most_money;
  // 0.07 is a hair above itself in binary: that hair is not another billionth.
  const double nearest = std::round(exact);
  const bool is_whole = std::fabs(exact - nearest) < 1e-6 * std::fmax(1, std::fmin(exact, 1000));
  return {static_cast<std::int64_t>(is_whole ? nearest : std::ceil(exact))};
}

std::string in_dollars(Money money) {
  if (money <= Money{}) return "$0";
  const double amount = usd(money);
  const int digits = std::clamp(2 - static_cast<int>(std::floor(std::log10(amount))), 2, 9);
  std::string text = fmt::format("${:.{}f}", amount, digits);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

double usd(Money money) { return static_cast<double>(money.nano_usd) / nano; }

}  // namespace catalog
