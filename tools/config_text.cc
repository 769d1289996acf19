#include "tools/config_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tools/json_text.h"

namespace tools {

void refuse_member(std::string_view where, std::string_view expected) {
  throw std::runtime_error(fmt::format("{}: expected {}", where, expected));
}

std::string text_member(const nlohmann::json& object, const char* name, const std::string& where) {
  const auto at = object.find(name);
  if (at == object.end()) return {};
  if (!at->is_string()) refuse_member(fmt::format("{}.{}", where, name), "a string");
  return at->get<std::string>();
}

void check_members(const nlohmann::json& entry, const std::string& where,
                   const std::vector<std::string_view>& known) {
  for (const auto& [name, unused] : entry.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const bool takes_key = std::find(known.begin(), known.end(), "key_env") != known.end();
    if (takes_key && (name == "key" || name == "api_key")) {
      throw std::runtime_error(fmt::format("{}.{}: no key is written here; name its place: {}",
                                           where, name, fmt::join(and_key({}), ", ")));
    }
    throw std::runtime_error(fmt::format("\"{}.{}\" is not a setting; there are: {}", where, name,
                                         fmt::join(known, ", ")));
  }
}

std::vector<std::string_view> and_key(std::vector<std::string_view> members) {
  members.insert(members.end(), {"key_env", "key_file", "key_command", "key_keyring"});
  return members;
}

nlohmann::json parsed_config(std::string_view text) {
  try {
    return nlohmann::json::parse(text, nullptr, true, true);
  } catch (const nlohmann::json::parse_error& problem) {
    read_json_text(text);  // says it in our words
    throw std::runtime_error(
        fmt::format("{}: expected no comma before this", place_in(text, problem.byte - 1)));
  }
}

std::string without_trailing_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

}  // namespace tools
