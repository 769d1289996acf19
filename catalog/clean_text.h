// What strangers wrote, made safe to show: characters that a terminal obeys or that make a text
// read otherwise than it is written are taken out. Called by everything that decodes what agents,
// models and gateways said; pure, on any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace catalog {

// `text` without control characters (but tab and line breaks), bidirectional controls and tag
// characters.
std::string clean_text(std::string_view text);

// The same for a text that grows piece by piece, in place: what stands before `from` is clean
// already, but a character may have been split there. Returns where the new part begins now. A
// piece without such characters costs one look at each byte.
std::size_t clean_tail(std::string& text, std::size_t from);

}  // namespace catalog
