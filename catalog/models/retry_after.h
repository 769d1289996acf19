// When an upstream says one may come back. Pure; for whoever decodes an error reply.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace catalog {

// Seconds (a fraction is rounded up) or an HTTP date (RFC 9110, sections 10.2.3 and 5.6.7, the
// preferred format only), seen from `now`; a date in the past is zero. What is negative, further
// than a day, or neither of the two is nothing.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text,
                                                      std::chrono::system_clock::time_point now);

// The same of a number of seconds.
std::optional<std::chrono::seconds> retry_after_seconds(double seconds);

}  // namespace catalog
