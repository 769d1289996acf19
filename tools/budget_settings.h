// The member "budgets" of the configuration file. Read once at start.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "catalog/spend/budgets.h"

namespace tools {

// What is not given keeps its default; null lifts a limit. Throws std::runtime_error, written for
// the user: "budgets.day_usd: expected an amount in $, or null".
catalog::Budgets read_budgets(const nlohmann::json& value);

}  // namespace tools
