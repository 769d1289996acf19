#include "catalog/models/retry_after.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace catalog {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr double longest = 24 * 60 * 60;

unsigned month_number(std::string_view name) {
  static constexpr std::array<std::string_view, 12> names = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i + 1;
  }
  return 0;
}

// "Sun, 06 Nov 1994 08:49:37 GMT". In seconds, because the nanoseconds of the year 9999 overflow.
std::optional<std::chrono::sys_seconds> parse_http_date(const std::string& text) {
  char month[4] = {};
  unsigned day = 0;
  int year = 0, hour = 0, minute = 0, second = 0, end = 0;
  const int fields = std::sscanf(text.c_str(), "%*3[A-Za-z], %2u %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
                                 &day, month, &year, &hour, &minute, &second, &end);
  if (fields != 6 || static_cast<std::size_t>(end) != text.size()) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(month_number(month)), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         seconds(second);
}

}  // namespace

std::optional<seconds> retry_after_seconds(double value) {
  if (!(value >= 0) || value > longest) return std::nullopt;
  return seconds(static_cast<std::int64_t>(std::ceil(value)));
}

std::optional<seconds> parse_retry_after(std::string_view text, system_clock::time_point now) {
  if (text.empty() || text.size() > 64) return std::nullopt;
  const std::string copy(text);
  if (copy.find_first_not_of("0123456789.") == std::string::npos) {
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    return *end == '\0' && end != copy.c_str() ? retry_after_seconds(value) : std::nullopt;
  }
  const auto date = parse_http_date(copy);
  if (!date) return std::nullopt;
  const seconds wait = *date - std::chrono::time_point_cast<seconds>(now);
  return retry_after_seconds(std::max(static_cast<double>(wait.count()), 0.0));
}

}  // namespace catalog
