// The routing preferences a caller may send along (OpenRouter API, "Provider routing"): checked
// lightly, so that a misspelt wish for privacy is refused instead of passed over. Pure.
#pragma once

#include <string>

#include "nlohmann/json_fwd.hpp"

namespace catalog {

// The text to send; "" for an empty object. Throws Refused{invalid_arguments} naming the member
// that is unknown or of the wrong type, and for more than 4 KB.
std::string checked_preferences(const nlohmann::json& preferences);

}  // namespace catalog
