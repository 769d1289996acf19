#include "tools/config_text.h"

#include <fmt/format.h>

#include <stdexcept>

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

std::string without_trailing_slash(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

}  // namespace tools
