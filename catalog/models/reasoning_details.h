// A model's own account of its reasoning (`reasoning_details`), put together from the pieces in
// which a stream brings it, so that it can be handed back unchanged in the next turn of a
// conversation (OpenRouter, "Preserving reasoning"). Pure; used where a conversation is kept, and
// nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace catalog {

// `pieces`: JSON arrays as they came. Entries of the same index and type are one: their texts are
// joined, and what came later of anything else counts. A JSON array; "" when there is nothing, or
// more than is worth keeping (1 MiB).
std::string joined_reasoning(const std::vector<std::string>& pieces);

}  // namespace catalog
