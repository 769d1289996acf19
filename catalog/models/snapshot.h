// The catalogue that is built into the program, for a first list without a network. Facts only
// (ids, limits, prices, modalities, parameters, benchmark indices): no descriptions. Called by a
// gateway when neither network nor cache has anything; decoding takes about a millisecond, nothing
// is kept.
#pragma once

#include <memory>
#include <string_view>

#include "catalog/models/model.h"

namespace catalog {

// The models as they were on the day of the capture (`as_of`), labelled Source::bundled.
std::shared_ptr<const ModelList> bundled_models();

// Decodes a snapshot as `make_snapshot.mjs` writes it: `{as_of: "YYYY-MM-DD", columns: [name],
// modalities: [word], parameters: [word], efforts: [word], models: [[value]]}`, where a list of
// words is a number whose bits point into the table of words, and prices are in $ per million
// tokens, -1 for a router's. Null when the text is not of that shape.
std::shared_ptr<const ModelList> decode_snapshot(std::string_view text);

}  // namespace catalog
