// What our entry holds beside its start: the names of variables that the client hands on, and
// values that may be somebody's keys. Pure, on the main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/clients/client.h"

namespace tools {

// The names that `entry` hands on, and ours in the text does not yet.
std::vector<std::string> missing_names(const Client& client, std::string_view text,
                                       const mcp::OrderedJson& entry);
// The text with those names handed on as `entry` does it; what the user wrote there stays.
std::string with_names(const Client& client, std::string_view text, const mcp::OrderedJson& entry,
                       const std::vector<std::string>& names);

// The text with "…" in place of each value of an environment or a header in our entry, unless it
// only names a variable.
std::string with_values_hidden(const Client& client, std::string_view text);

}  // namespace tools
