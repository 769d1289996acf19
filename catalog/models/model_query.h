// Choosing among the models of a catalogue: filter, sort, page, and guess what a wrong id meant.
// All pure functions over a ModelList, called by the tools on the call's own thread; the pointers
// they return live as long as the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/models/model.h"

namespace catalog {

enum class ModelSort {
  relevance,  // the default: best match first; without a query, the gateway's own order
  price,      // prompt and completion together, cheapest first; variable and unknown last
  context,    // largest first
  newest,
  coding,  // the benchmark indices: best first, models without one last
  intelligence,
  agentic,
  popularity,  // these three are known to the gateway only: see ModelQuery::ranking
  throughput,
  latency,
};

// The sort of that name; "" is relevance. Throws Refused{invalid_arguments} with the names there
// are.
ModelSort parse_model_sort(std::string_view name);

// What is wanted. Everything given must hold; what is left empty does not matter.
struct ModelQuery {
  std::string query;  // words, each of which occurs in id, name or description, whatever its case
  std::vector<std::string> input_modalities;   // all of them
  std::vector<std::string> output_modalities;  // empty: what writes text
  std::vector<std::string> supports;           // parameters or flags ("json"), all of them
  std::optional<std::int64_t> min_context;
  std::optional<double> max_prompt_price;      // $ per million tokens; an unknown or variable price
  std::optional<double> max_completion_price;  // does not pass
  bool free = false;                           // only ids that end in ":free"
  std::string author;
  ModelSort sort = ModelSort::relevance;
  // Borrowed; what the gateway listed (`Gateway::listing`).
  const std::vector<std::string>* ranking = nullptr;         // ids, best first; others come last
  const std::vector<std::string>* zero_retention = nullptr;  // only these ids
};

using ModelMatches = std::vector<const Model*>;

// The models that match, sorted, ties by id. Throws Refused{unsupported} for a sort that needs a
// ranking where none is given, and Refused{invalid_arguments} for a modality, a parameter or an
// author of which no model has ever heard, with those there are.
ModelMatches find_models(const ModelList& list, const ModelQuery& query);

struct ModelPage {
  ModelMatches models;
  std::string next_cursor;  // empty: this is the last page
};

// The models after `cursor` ("" for the first page), at most `limit` of them (at least one). The
// cursor says which model was the last and how many came before, so that the next page goes on
// behind that model though the catalogue was refreshed meanwhile, and at that place if it is gone.
// Throws Refused{invalid_arguments} for a text that is no cursor.
ModelPage page(const ModelMatches& matches, std::string_view cursor, std::size_t limit);

// The cursor that goes on behind `matches[index]`, for a page that ends early.
std::string cursor_after(const ModelMatches& matches, std::size_t index);

// The model an id stands for; null when there is none. An id that is not listed is looked up
// without what the gateway resolves by itself: the virtual variants (":nitro", ":floor", ":exacto",
// ":online") and a trailing "@preset/…" (OpenRouter, "Model variants" and "Presets").
const Model* find_model(const ModelList& list, std::string_view id);

// An id without those. Empty for a bare "@preset/…", which names no model and cannot be checked
// here.
std::string_view base_id(std::string_view id);

// Whether the gateway searches the web for each call of it: one of its variants is ":online".
bool is_online(std::string_view id);

// Whether it may be suggested as a cheap one: no router, which chooses itself, and nothing that
// takes nothing for a token but something for a song, an image or a request.
bool shows_its_price(const Model& model);

// At most `n` ids that a wrong one may have meant, nearest first: those that contain it or are
// contained in it, then those few changes away; the newest of equally near ones. Bounded in time
// whatever the id.
std::vector<std::string> nearest_ids(const ModelList& list, std::string_view wrong_id,
                                     std::size_t n = 3);

}  // namespace catalog
