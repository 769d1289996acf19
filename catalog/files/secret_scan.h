// Looks for keys in what is about to be sent: a few formats that are unmistakable, so that a file
// is not refused for nothing. Called by `workspace.cc`; pure, on any thread. Time is linear in the
// text, whatever it holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace catalog {

struct FoundSecret {
  std::size_t line = 0;   // from 1
  std::string_view what;  // "an OpenRouter key"; never the key
};

// The first one.
std::optional<FoundSecret> find_secret(std::string_view text);

}  // namespace catalog
