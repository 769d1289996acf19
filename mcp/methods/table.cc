#include <array>
#include <span>

#include "mcp/request.h"

namespace mcp {

const Method* find_method(std::string_view name, bool is_modern) {
  static const std::array<std::span<const Method>, 8> groups = {
      lifecycle_methods,  tool_methods,         resource_methods, prompt_methods,
      completion_methods, subscription_methods, task_methods,     skill_methods};
  const Era other = is_modern ? Era::only_legacy : Era::only_modern;
  for (const auto& group : groups) {
    for (const Method& method : group) {
      if (method.name == name && method.era != other) return &method;
    }
  }
  return nullptr;
}

}  // namespace mcp
