// A gateway with another one behind it, which is asked when the first is down: only because the
// configuration says so, and only where nothing was bought. Answers name it. Any thread.
#pragma once

#include <memory>

#include "catalog/models/gateway.h"

namespace catalog {

// `second` is borrowed and outlives the result; it has no fallback of its own.
std::unique_ptr<Gateway> make_with_fallback(std::unique_ptr<Gateway> first, Gateway& second);

}  // namespace catalog
