// Which of the names there are a wrong one may have meant: ids of models, slugs of agents. Pure, on
// any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace catalog {

// At most `n` of the names, nearest first: those that contain the wrong one or are contained in it,
// then those few changes away; equally near ones in the order given. Case and punctuation do not
// count; in "author/name" the author counts little. Bounded in time whatever the names: the first
// 4000 of them and 64 characters of each.
std::vector<std::string> nearest(const std::vector<std::string_view>& names, std::string_view wrong,
                                 std::size_t n = 3);

}  // namespace catalog
