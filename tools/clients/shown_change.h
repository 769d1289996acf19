// A change of a text, for a person who is asked whether it shall be made: what goes and what comes,
// with the line. What stays on a changed line is shown as "…": it may be somebody's key. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tools {

std::string shown_change(std::string_view before, std::string_view after);

}  // namespace tools
