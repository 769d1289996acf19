#include "catalog/models/cheapest.h"

#include <algorithm>

namespace catalog {
namespace {

bool can(const Model& model, const Needs& needs, std::string_view today) {
  const bool expired = !model.expiration_date.empty() && model.expiration_date <= today;
  const bool good_enough =
      !needs.coding_index || model.benchmarks.coding_index.value_or(-1) >= *needs.coding_index;
  return shows_its_price(model) && model.alias_target.empty() && !expired && good_enough;
}

}  // namespace

ModelMatches cheapest_models(const ModelList& list, const Needs& needs, std::string_view today,
                             std::size_t n) {
  ModelQuery query;
  query.input_modalities = needs.input_modalities;
  query.input_modalities.emplace_back("text");
  query.output_modalities = {"text"};
  query.supports = needs.parameters;
  if (needs.context > 0) query.min_context = needs.context;
  query.max_prompt_price = needs.max_price;
  query.max_completion_price = needs.max_price;
  query.sort = ModelSort::price;
  ModelMatches cheapest;
  for (const Model* model : find_models(list, query)) {
    if (cheapest.size() == n) break;
    const bool another_free = model->price.free() && !cheapest.empty();
    if (can(*model, needs, today) && !another_free) cheapest.push_back(model);
  }
  return cheapest;
}

}  // namespace catalog
