#include "catalog/spend/ledger.h"

#include <ctime>

namespace catalog {
namespace {

constexpr std::int64_t day_ms = 24 * 60 * 60 * 1000;
constexpr std::int64_t bucket_ms = 10'000;  // of the last minute

std::int64_t floored(std::int64_t n, std::int64_t step) {
  const std::int64_t rest = n % step;
  return n - (rest < 0 ? rest + step : rest);
}

}  // namespace

std::string session_scope(const std::string& session, const std::string& principal) {
  return "session:" + session + "/" + principal;
}
std::string target_scope(const std::string& target) { return "target:" + target; }
std::string above_listed_scope(const std::string& gateway) { return "above:" + gateway; }
std::string gateway_scope(const std::string& gateway) { return "gateway:" + gateway; }

std::int64_t day_start_ms(std::int64_t unix_ms) { return floored(unix_ms, day_ms); }

std::int64_t month_start_ms(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(floored(unix_ms, 1000) / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return day_start_ms(unix_ms) - (parts.tm_mday - 1) * day_ms;
}

// A purchase counts where it was reserved, also when it ends after midnight.
std::vector<Scope> scopes_of(const Purchased& purchased) {
  const std::int64_t day = day_start_ms(purchased.created_ms);
  return {{minute_scope, floored(purchased.created_ms, bucket_ms)},
          {day_scope, day},
          {month_scope, month_start_ms(purchased.created_ms)},
          {session_scope(purchased.session, purchased.principal), day},
          {target_scope(purchased.target), day},
          {gateway_scope(purchased.gateway), day}};
}

}  // namespace catalog
