// The cheapest models that can do a job, out of a catalogue. Pure; called by the tools on the
// call's own thread. The pointers live as long as the list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/models/model_query.h"

namespace catalog {

// Everything given must hold, as far as the catalogue knows; what it does not know does not hold.
struct Needs {
  std::int64_t context = 0;                   // tokens, of prompt and answer together
  std::vector<std::string> input_modalities;  // beside text
  std::vector<std::string> parameters;        // supported ones
  std::optional<double> coding_index;         // at least
  std::optional<double> max_price;            // $ per million tokens, in and out
};

// At most `n` models that write text, cheapest first. Left out: routers, what hides its price,
// aliases of other models, models that have expired on `today` ("2026-11-20"), and free ones but
// for the first: they share one small quota, so that where one fails the next one would too.
ModelMatches cheapest_models(const ModelList& list, const Needs& needs, std::string_view today,
                             std::size_t n);

}  // namespace catalog
