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
// The text of a configuration file, in which comments are allowed. Throws std::runtime_error "line
// 3, column 5: expected …".
nlohmann::json parsed_config(std::string_view text);
std::string without_trailing_slash(std::string url);

}  // namespace tools
