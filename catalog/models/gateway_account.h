// What a gateway tells of the account behind its key (OpenRouter API, "Get current API key" and
// "Get request & usage metadata for a generation"). Pure; called by `openrouter.cc`. The account's
// own id is not read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace catalog {

struct KeyStatus {  // all in $
  std::optional<double> usage;
  std::optional<double> usage_today;  // UTC
  std::optional<double> usage_this_month;
  std::optional<double> limit;  // absent: none
  std::optional<double> limit_remaining;
  std::string limit_reset;  // "daily", "weekly", "monthly" or ""
  bool free_tier = false;   // nothing was ever bought: few free calls a day
};

// A reply of `GET /key`; nothing when it is not one.
std::optional<KeyStatus> decode_key_status(std::string_view reply);

// The cost in a reply of `GET /generation?id=`: of the gateway, and of the provider where the user
// pays that one directly. Nothing when there is none.
std::optional<double> decode_generation_cost(std::string_view reply);

}  // namespace catalog
