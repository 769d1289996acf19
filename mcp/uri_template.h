// URI templates as far as servers use them (RFC 6570, level 1 and reserved expansion):
// "model://{id}", "file://{+path}". Pure, any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcp {

// The values for which the template expands to `uri`, percent-decoded; nothing when there are none.
// A {name} takes one or more characters but "/", a {+name} any.
std::optional<std::map<std::string, std::string>> match_uri(std::string_view uri_template,
                                                            std::string_view uri);
std::vector<std::string> variables_of(std::string_view uri_template);

}  // namespace mcp
