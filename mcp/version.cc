#include "mcp/version.h"

#include <array>

namespace mcp {
namespace {

constexpr std::array<std::string_view, 5> names = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                   "2025-11-25", "2026-07-28"};

}  // namespace

std::string_view name(Version version) { return names[static_cast<std::size_t>(version)]; }

std::optional<Version> version_named(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Version>(i);
  }
  return std::nullopt;
}

}  // namespace mcp
