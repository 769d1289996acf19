#include "tools/format.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tools {
namespace {

std::tm utc(std::chrono::system_clock::time_point time) {
  return fmt::gmtime(std::chrono::system_clock::to_time_t(time));
}

}  // namespace

std::string short_count(std::int64_t n) {
  if (n <= 0) return "?";
  if (n >= 1'000'000) return fmt::format("{:.3g}M", static_cast<double>(n) / 1e6);
  if (n >= 1'000) return fmt::format("{}k", (n + 500) / 1000);
  return std::to_string(n);
}

double rounded(double n) {
  if (n == 0 || !std::isfinite(n)) return 0;
  const double scale = std::pow(10.0, 3 - std::floor(std::log10(std::fabs(n))));
  return std::round(n * scale) / scale;
}

mcp::OrderedJson number_or_null(const std::optional<double>& n) {
  return n ? mcp::OrderedJson(rounded(*n)) : mcp::OrderedJson(nullptr);
}

std::string short_price(std::optional<double> usd) {
  return usd ? fmt::format("{:.4g}", *usd) : "?";
}

// Never in exponents: "$3.2e-05" is misread by people and models alike.
std::string money(double usd) {
  if (usd <= 0) return "$0";
  const int digits = std::clamp(3 - static_cast<int>(std::floor(std::log10(usd))), 2, 12);
  std::string text = fmt::format("${:.{}f}", usd, digits);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string utc_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc(time));
}

std::string utc_date(std::int64_t unix_seconds) {
  return fmt::format("{:%Y-%m-%d}", utc(std::chrono::system_clock::from_time_t(unix_seconds)));
}

std::string ago(std::chrono::system_clock::time_point then) {
  using namespace std::chrono;
  const auto age = duration_cast<minutes>(system_clock::now() - then).count();
  if (age < 1) return "just now";
  if (age < 120) return fmt::format("{} min ago", age);
  if (age < 48 * 60) return fmt::format("{} h ago", age / 60);
  return fmt::format("{} days ago", age / (24 * 60));
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

}  // namespace tools
