#include "catalog/models/price.h"

#include <algorithm>
#include <array>

namespace catalog {
namespace {

using std::chrono::system_clock;

Price without_overrides(const Price& price) {
  Price plain = price;
  plain.overrides.clear();
  return plain;
}

// From start to before end; from 22:00 to 6:00 it is night.
bool is_within(int minute, int start, int end) {
  return start <= end ? minute >= start && minute < end : minute >= start || minute < end;
}

bool holds_at(const PriceOverride& entry, system_clock::time_point when) {
  static constexpr std::array<const char*, 7> names = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(when - day).count();
  const bool hour = !entry.utc_start || !entry.utc_end ||
                    is_within(static_cast<int>(minute), *entry.utc_start, *entry.utc_end);
  const std::string today = names[std::chrono::weekday(day).c_encoding()];
  return hour && (entry.utc_days.empty() || std::find(entry.utc_days.begin(), entry.utc_days.end(),
                                                      today) != entry.utc_days.end());
}

void apply(const PriceOverride& entry, Price& price) {
  if (entry.prompt_usd_per_million) price.prompt_usd_per_million = entry.prompt_usd_per_million;
  if (entry.completion_usd_per_million) {
    price.completion_usd_per_million = entry.completion_usd_per_million;
  }
  for (const auto& [charge, usd] : entry.other_usd_per_unit) price.other_usd_per_unit[charge] = usd;
}

void raise(std::optional<double>& price, const std::optional<double>& other) {
  if (price && other) price = std::max(*price, *other);
}

}  // namespace

Price price_at(const Price& price, std::int64_t prompt_tokens, system_clock::time_point when) {
  Price result = without_overrides(price);
  for (const PriceOverride& entry : price.overrides) {
    if (prompt_tokens > entry.above_prompt_tokens && holds_at(entry, when)) apply(entry, result);
  }
  return result;
}

Price dearest_price(const Price& price, std::int64_t prompt_tokens) {
  Price result = without_overrides(price);
  for (const PriceOverride& entry : price.overrides) {
    if (prompt_tokens <= entry.above_prompt_tokens) continue;
    raise(result.prompt_usd_per_million, entry.prompt_usd_per_million);
    raise(result.completion_usd_per_million, entry.completion_usd_per_million);
    for (const auto& [charge, usd] : entry.other_usd_per_unit) {
      double& known = result.other_usd_per_unit[charge];
      known = std::max(known, usd);
    }
  }
  return result;
}

std::optional<double> cost_of(const Price& price, std::int64_t prompt_tokens,
                              std::int64_t completion_tokens) {
  const bool known = price.prompt_usd_per_million && price.completion_usd_per_million;
  if (price.variable || !known) return std::nullopt;
  return (static_cast<double>(prompt_tokens) * *price.prompt_usd_per_million +
          static_cast<double>(completion_tokens) * *price.completion_usd_per_million) /
         1e6;
}

}  // namespace catalog
