// Reading the members of the configuration file: what is wrong is said with its place. Main thread,
// at start.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// Throws std::runtime_error "<where>: expected <expected>".
[[noreturn]] void refuse_member(std::string_view where, std::string_view expected);
// The text of a member, "" when it is not there; refuses what is no text.
std::string text_member(const nlohmann::json& object, const char* name, const std::string& where);
// Refuses a member of `entry` that is none of `known`; says it in other words of a key itself.
void check_members(const nlohmann::json& entry, const std::string& where,
                   const std::vector<std::string_view>& known);
// Those, and the ones that say where a key comes from.
std::vector<std::string_view> and_key(std::vector<std::string_view> members);
// The text of a configuration file, in which comments are allowed. Throws std::runtime_error "line
// 3, column 5: expected …".
nlohmann::json parsed_config(std::string_view text);
std::string without_trailing_slash(std::string url);

}  // namespace tools
