// The member "gateways" of the configuration: further gateways by name, and what is asked when one
// is down. Called by settings.cc on the main thread, at start.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/settings.h"

namespace tools {

// Reads an entry's key into its credential, bound to `url`, and returns its source.
using ReadKey = std::function<std::string(const nlohmann::json& entry, const std::string& where,
                                          const std::string& url, catalog::Credential& credential)>;

// Both throw std::runtime_error, for the user.
void read_gateways(const nlohmann::json& value, const ReadKey& read_key, Settings& settings);
// Whether each fallback there is can be one; when all gateways are known.
void check_fallbacks(Settings& settings);

}  // namespace tools
