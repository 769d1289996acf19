// The protocol revisions this library speaks, in order, so that a feature gate is a comparison.
#pragma once

#include <optional>
#include <string_view>

namespace mcp {

enum class Version { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25, v2026_07_28 };

inline constexpr Version newest_legacy = Version::v2025_11_25;
inline constexpr Version modern =
    Version::v2026_07_28;  // no handshake: every request describes itself

std::string_view name(Version version);
std::optional<Version> version_named(std::string_view name);

}  // namespace mcp
