#include "catalog/spend/budgets.h"

namespace catalog {
namespace {

constexpr std::int64_t minute_ms = 60'000;

}  // namespace

std::vector<Budget> budgets_of(const Budgets& budgets, const Purchased& purchased) {
  std::vector<Budget> found;
  const auto add = [&](const std::optional<Money>& most, std::string budget, std::string setting,
                       const std::string& scope, std::int64_t since, std::int64_t window) {
    if (!most) return;
    found.push_back(
        {std::move(budget), std::move(setting), {scope, since, *most}, {scope, window}});
  };
  const std::int64_t now = purchased.created_ms;
  const std::int64_t day = day_start_ms(now);
  const std::int64_t month = month_start_ms(now);
  // A loop is told by its refusal alone: half of a minute's money is no news.
  add(budgets.minute, "minute", "budgets.minute_usd", minute_scope, now - minute_ms, 0);
  add(budgets.session, "session", "budgets.session_usd",
      session_scope(purchased.session, purchased.principal), 0, day);
  add(budgets.day, "day", "budgets.day_usd", day_scope, day, day);
  add(budgets.month, "month", "budgets.month_usd", month_scope, month, month);
  for (const auto& [name, most] : budgets.per_day) {
    const std::string setting = "budgets.per_day_usd." + name;
    if (name == purchased.target) {
      add(most, name + " a day", setting, target_scope(name), day, day);
    } else if (name == purchased.gateway) {
      add(most, name + " a day", setting, gateway_scope(name), day, day);
    }
  }
  return found;
}

}  // namespace catalog
