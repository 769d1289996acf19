// What strangers wrote, made safe to show: characters that a terminal obeys or that make a text
// read otherwise than it is written are taken out. Called by everything in this room that decodes;
// pure, on any thread.
#pragma once

#include <string>
#include <string_view>

namespace catalog {

// `text` without control characters (but tab and line breaks), bidirectional controls and tag
// characters.
std::string clean_text(std::string_view text);

}  // namespace catalog
