// Base64 (RFC 4648), as files travel inside of messages to models, and to and from agents. Pure, on
// any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace catalog {

std::string base64_encoded(std::string_view bytes);
// The same at the end of `out`, for a large file that shall not be held twice.
void append_base64(std::string& out, std::string_view bytes);
// Either alphabet, with or without padding and line breaks; nothing when it is neither.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace catalog
