// Reading the members of the configuration file: what is wrong is said with its place. Main thread,
// at start.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tools {

// Throws std::runtime_error "<where>: expected <expected>".
[[noreturn]] void refuse_member(std::string_view where, std::string_view expected);
// The text of a member, "" when it is not there; refuses what is no text.
std::string text_member(const nlohmann::json& object, const char* name, const std::string& where);
std::string without_trailing_slash(std::string url);

}  // namespace tools
