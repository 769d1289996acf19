// Failures as the model reads them. The one place where what went wrong below becomes text.
#pragma once

#include <string>
#include <string_view>

#include "catalog/errors.h"

namespace tools {

// "kind: what happened", then what the upstream said, whether to retry and when, whether it was
// billed, which argument to alter, and what had arrived.
std::string error_text(const catalog::UpstreamError& error);
std::string error_text(const catalog::Refused& refused);

// Text from outside, fit to be quoted: on one line, without control characters, cut at `most`
// bytes.
std::string quoted(std::string_view text, std::size_t most);

// At most `most` bytes of UTF-8 text, never ending inside a character.
std::string_view cut_at(std::string_view text, std::size_t most);

}  // namespace tools
