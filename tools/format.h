// Numbers and dates the way rows show them: short, and the same in every tool.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/json.h"

namespace tools {

std::string short_count(std::int64_t n);             // 131072 -> "131k", 1000000 -> "1M", 0 -> "?"
std::string short_price(std::optional<double> usd);  // 0.25 -> "0.25", absent -> "?"
std::string money(double usd);                       // 0.000032 -> "$0.000032"
std::string utc_time(std::chrono::system_clock::time_point);  // "2026-06-29T12:00:00Z"
std::string utc_date(std::int64_t unix_seconds);              // "2026-06-29"
// How long ago, in the largest unit: "3 min ago", "145 days ago".
std::string ago(std::chrono::system_clock::time_point then);
std::string joined(const std::vector<std::string>& words, std::string_view separator);
// As JSON, rounded; null for what is not known.
mcp::OrderedJson number_or_null(const std::optional<double>& n);
// `n` rounded to four significant digits, so that 0.30000000000000004 is not shown to anybody.
double rounded(double n);

}  // namespace tools
