// The kinds of directory that a configuration may name, each found by its name in one table. Called
// once for each directory, at start.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "catalog/agents/directory.h"

namespace catalog {

// "takoapi", "a2aregistry", "litellm", "openai".
std::vector<std::string_view> directory_kinds();
// The root of a kind's public service; "" when it has none and must be told.
std::string_view usual_url(std::string_view kind);

// The directory of `settings.kind`. Throws Refused{invalid_arguments} for a kind that is none.
std::unique_ptr<Directory> make_directory(DirectorySettings settings, Transfers& transfers);

}  // namespace catalog
