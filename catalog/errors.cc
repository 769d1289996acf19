#include "catalog/errors.h"

#include <array>

namespace catalog {

std::string_view name(Kind kind) {
  static constexpr std::array<std::string_view, 23> names = {
      "invalid_arguments", "not_found",    "unsupported",  "too_long",       "over_budget",
      "path_denied",       "secret_found", "unauthorized", "out_of_credit",  "forbidden",
      "moderated",         "rate_limited", "unavailable",  "timed_out",      "truncated",
      "malformed",         "empty",        "agent_failed", "agent_rejected", "busy",
      "interrupted",       "io_error",     "internal"};
  return names[static_cast<std::size_t>(kind)];
}

Billed billed_at(const std::optional<double>& cost_usd, Billed otherwise) {
  if (!cost_usd) return otherwise;
  return *cost_usd > 0 ? Billed::yes : Billed::no;
}

}  // namespace catalog
