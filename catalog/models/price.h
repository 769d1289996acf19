// What a model's tokens cost at a given size and time: its usual price with the overrides that
// hold then. Pure, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "catalog/models/model.h"

namespace catalog {

// The price of a call with that many prompt tokens at that moment, without overrides of its own.
Price price_at(const Price& price, std::int64_t prompt_tokens,
               std::chrono::system_clock::time_point when);

// The dearest it can be for that many prompt tokens or fewer, whatever the hour.
Price dearest_price(const Price& price, std::int64_t prompt_tokens);

// $ for that many tokens at a price without overrides; nothing when it is variable or unknown.
std::optional<double> cost_of(const Price& price, std::int64_t prompt_tokens,
                              std::int64_t completion_tokens);

}  // namespace catalog
