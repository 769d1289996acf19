// The security part of an AgentCard in its four spellings: 0.1 `authentication`, 0.3 `type`, 1.0
// one member per kind, and the JavaScript SDK's `{scheme: {$case, value}}`. Called by the card's
// decoder; pure, on any thread, never throws.
#pragma once

#include <string>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace catalog {

// Readable, in the order of the scheme names: "http bearer", "apiKey header X-Key", "unsupported:
// x402".
std::vector<std::string> security_schemes(const nlohmann::json& card);
// Whether the card says that every call needs one of them.
bool security_required(const nlohmann::json& card);

}  // namespace catalog
