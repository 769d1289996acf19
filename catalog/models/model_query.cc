#include "catalog/models/model_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>
#include <unordered_map>

#include "catalog/clean_text.h"
#include "catalog/errors.h"
#include "catalog/nearest.h"

namespace catalog {
namespace {

struct SortName {
  std::string_view name;
  ModelSort sort;
  bool known_here;
};

constexpr std::array<SortName, 9> sorts = {{{"price", ModelSort::price, true},
                                            {"context", ModelSort::context, true},
                                            {"newest", ModelSort::newest, true},
                                            {"coding", ModelSort::coding, true},
                                            {"intelligence", ModelSort::intelligence, true},
                                            {"agentic", ModelSort::agentic, true},
                                            {"popularity", ModelSort::popularity, false},
                                            {"throughput", ModelSort::throughput, false},
                                            {"latency", ModelSort::latency, false}}};

std::string sort_names(bool only_known_here) {
  std::string names;
  for (const SortName& sort : sorts) {
    if (only_known_here && !sort.known_here) continue;
    if (!names.empty()) names += ", ";
    names += sort.name;
  }
  return names;
}

void require_known_here(const ModelQuery& query) {
  for (const SortName& sort : sorts) {
    if (sort.sort != query.sort || sort.known_here || query.ranking != nullptr) continue;
    throw Refused(Kind::unsupported, fmt::format("sorting by {} is not available", sort.name),
                  fmt::format("Pass sort as one of {}.", sort_names(true)));
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::vector<std::string> words(std::string_view text) {
  constexpr std::size_t most_words = 32;
  constexpr std::string_view space = " \t\r\n";
  std::vector<std::string> result;
  while (result.size() < most_words) {
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(space), text.size());
    result.push_back(lower(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return result;
}

// How well a model fits the words; 0 when one of them does not occur. A word in the id counts most,
// more so where a part of the id begins with it.
int relevance(const Model& model, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return 1;
  const std::string id = lower(model.id);
  const std::string model_name = lower(model.name);
  std::string description;
  int sum = 1;
  for (const std::string& word : wanted) {
    if (const auto at = id.find(word); at != std::string::npos) {
      const bool begins =
          at == 0 || std::string_view("/-:.~").find(id[at - 1]) != std::string_view::npos;
      sum += begins ? 100 : 80;
    } else if (model_name.find(word) != std::string::npos) {
      sum += 40;
    } else {
      if (description.empty()) description = lower(model.description);
      if (description.find(word) == std::string::npos) return 0;
      sum += 1;
    }
  }
  return sum;
}

bool has_all(const std::vector<std::string>& has, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
    return std::find(has.begin(), has.end(), lower(word)) != has.end();
  });
}

// What rows show as a flag, beside the parameters as the gateway names them.
bool does(const Model& model, const std::string& word) {
  if (word == "json") return model.supports("structured_outputs");
  if (word == "think") return model.reasoning || model.supports("reasoning");
  if (word == "varies") return model.price.variable;
  return model.supports(word);
}

bool does_all(const Model& model, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& word) { return does(model, lower(word)); });
}

using Words = std::set<std::string, std::less<>>;

// A gateway may write anything; what is no short word is not shown.
std::vector<std::string_view> shown(const Words& known) {
  constexpr std::size_t longest = 40;
  std::vector<std::string_view> words;
  for (const std::string& word : known) {
    const bool plain = word.size() <= longest && clean_text(word) == word &&
                       word.find_first_of("\t\r\n") == std::string::npos;
    if (plain) words.emplace_back(word);
  }
  return words;
}

// Nothing is refused where nobody says anything.
void require_known(const Words& known, const std::string& word, std::string_view noun) {
  constexpr std::size_t most = 50;
  if (known.empty() || known.count(lower(word)) != 0) return;
  std::vector<std::string_view> names = shown(known);
  const std::vector<std::string> near = nearest(names, word, 1);
  names.resize(std::min(names.size(), most));
  throw Refused(
      Kind::invalid_arguments,
      fmt::format("no model has the {} \"{}\"", noun, clean_text(word.substr(0, 60))),
      fmt::format("{}There are: {}{}.", near.empty() ? "" : "Nearest: " + near.front() + ". ",
                  fmt::join(names, ", "), names.size() < known.size() ? ", …" : ""));
}

// Gathers what models say only where something is asked for.
template <class Gather>
void require_all(const ModelList& list, const std::vector<std::string>& wanted,
                 std::string_view noun, const Gather& gather) {
  if (wanted.empty()) return;
  Words known;
  for (const Model& model : list.models) gather(model, known);
  for (const std::string& word : wanted) require_known(known, word, noun);
}

void require_words(const ModelList& list, const ModelQuery& query) {
  const auto all_of = [](const std::vector<std::string> Model::*words) {
    return [words](const Model& model, Words& known) {
      known.insert((model.*words).begin(), (model.*words).end());
    };
  };
  require_all(list, query.input_modalities, "input modality", all_of(&Model::input_modalities));
  require_all(list, query.output_modalities, "output modality", all_of(&Model::output_modalities));
  require_all(list, query.supports, "parameter", [](const Model& model, Words& known) {
    known.insert(model.supported_parameters.begin(), model.supported_parameters.end());
    for (const char* flag : {"json", "think", "varies"}) {
      if (does(model, flag)) known.insert(flag);
    }
  });
  if (query.author.empty()) return;
  require_all(list, {query.author}, "author", [](const Model& model, Words& known) {
    if (!model.author().empty()) known.insert(lower(model.author()));
  });
}

bool within(const std::optional<double>& price, const std::optional<double>& limit) {
  return !limit || (price && *price <= *limit);
}

// What is not known to write something else may write text.
bool writes_text(const Model& model) {
  const std::vector<std::string>& written = model.output_modalities;
  return written.empty() || std::find(written.begin(), written.end(), "text") != written.end();
}

bool passes(const Model& model, const ModelQuery& query) {
  return has_all(model.input_modalities, query.input_modalities) &&
         has_all(model.output_modalities, query.output_modalities) &&
         (!query.output_modalities.empty() || writes_text(model)) &&
         does_all(model, query.supports) && model.context_length >= query.min_context.value_or(0) &&
         within(model.price.prompt_usd_per_million, query.max_prompt_price) &&
         within(model.price.completion_usd_per_million, query.max_completion_price) &&
         (!query.free || model.free()) &&
         (query.author.empty() || lower(model.author()) == lower(query.author));
}

constexpr double last = std::numeric_limits<double>::infinity();

// A coding agent's calls read about three tokens for each they write.
double blended_price(const Price& price) {
  if (!price.prompt_usd_per_million || !price.completion_usd_per_million) return last;
  return (3 * *price.prompt_usd_per_million + *price.completion_usd_per_million) / 4;
}

double best_first(const std::optional<double>& index) { return index ? -*index : last; }

// What the models are sorted by, smallest first.
double sort_key(const Model& model, ModelSort sort) {
  switch (sort) {
    case ModelSort::price:
      return blended_price(model.price);
    case ModelSort::context:
      return -static_cast<double>(model.context_length);
    case ModelSort::newest:
      return -static_cast<double>(model.created);
    case ModelSort::coding:
      return best_first(model.benchmarks.coding_index);
    case ModelSort::intelligence:
      return best_first(model.benchmarks.intelligence_index);
    case ModelSort::agentic:
      return best_first(model.benchmarks.agentic_index);
    default:
      return 0;
  }
}

// Where ids stand in a list of the gateway's.
class Places {
 public:
  explicit Places(const std::vector<std::string>* ids) {
    if (ids == nullptr) return;
    for (std::size_t i = 0; i < ids->size(); ++i) places_.emplace((*ids)[i], i);
  }
  bool has(std::string_view id) const { return places_.count(id) != 0; }
  double key(std::string_view id) const {
    const auto found = places_.find(id);
    return found == places_.end() ? last : static_cast<double>(found->second);
  }

 private:
  std::unordered_map<std::string_view, std::size_t> places_;
};

struct Ranked {
  const Model* model;
  double key;
};

constexpr std::string_view bad_cursor_advice =
    "Pass next_cursor of the previous page as it was given, or leave cursor out for the first "
    "page.";

// A cursor is "<how many models came before>:<id of the last of them>".
struct Cursor {
  std::size_t position = 0;
  std::string_view id;
};

Cursor parse_cursor(std::string_view text) {
  Cursor cursor;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, cursor.position);
  if (error != std::errc() || stop == end || *stop != ':' || stop + 1 == end ||
      cursor.position == 0) {
    throw Refused(Kind::invalid_arguments, "cursor is not one that a list returned",
                  std::string(bad_cursor_advice));
  }
  cursor.id = std::string_view(stop + 1, static_cast<std::size_t>(end - stop - 1));
  return cursor;
}

std::size_t resume(const ModelMatches& matches, std::string_view text) {
  if (text.empty()) return 0;
  const Cursor cursor = parse_cursor(text);
  const auto found = std::find_if(matches.begin(), matches.end(),
                                  [&](const Model* model) { return model->id == cursor.id; });
  if (found != matches.end()) return static_cast<std::size_t>(found - matches.begin()) + 1;
  return std::min(cursor.position, matches.size());
}

}  // namespace

ModelSort parse_model_sort(std::string_view name) {
  if (name.empty()) return ModelSort::relevance;
  for (const SortName& sort : sorts) {
    if (sort.name == name) return sort.sort;
  }
  throw Refused(Kind::invalid_arguments, "sort is not one of the orders there are",
                fmt::format("Pass sort as one of {}.", sort_names(false)));
}

ModelMatches find_models(const ModelList& list, const ModelQuery& query) {
  require_known_here(query);
  require_words(list, query);
  const Places ranking(query.ranking);
  const Places zero_retention(query.zero_retention);
  const std::vector<std::string> wanted = words(query.query);
  const bool by_relevance = query.sort == ModelSort::relevance;
  std::vector<Ranked> ranked;
  for (const Model& model : list.models) {
    if (!passes(model, query)) continue;
    if (query.zero_retention != nullptr && !zero_retention.has(model.id)) continue;
    const int fit = relevance(model, wanted);
    if (fit == 0) continue;
    const double key =
        query.ranking != nullptr ? ranking.key(model.id) : sort_key(model, query.sort);
    ranked.push_back({&model, by_relevance ? -fit : key});
  }
  const bool gateway_order = by_relevance && wanted.empty();
  std::stable_sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    if (a.key != b.key) return a.key < b.key;
    return !gateway_order && a.model->id < b.model->id;
  });
  ModelMatches matches;
  matches.reserve(ranked.size());
  for (const Ranked& entry : ranked) matches.push_back(entry.model);
  return matches;
}

std::string cursor_after(const ModelMatches& matches, std::size_t index) {
  return index + 1 < matches.size() ? fmt::format("{}:{}", index + 1, matches[index]->id)
                                    : std::string();
}

ModelPage page(const ModelMatches& matches, std::string_view cursor, std::size_t limit) {
  const std::size_t begin = resume(matches, cursor);
  const std::size_t end = begin + std::min(std::max<std::size_t>(limit, 1), matches.size() - begin);
  ModelPage result;
  result.models.assign(matches.begin() + static_cast<std::ptrdiff_t>(begin),
                       matches.begin() + static_cast<std::ptrdiff_t>(end));
  if (end > begin) result.next_cursor = cursor_after(matches, end - 1);
  return result;
}

std::string_view base_id(std::string_view id) {
  static constexpr std::array<std::string_view, 4> virtual_variants = {":nitro", ":floor",
                                                                       ":exacto", ":online"};
  id = id.substr(0, id.find("@preset/"));
  for (std::string_view variant : virtual_variants) {
    if (id.ends_with(variant)) return id.substr(0, id.size() - variant.size());
  }
  return id;
}

bool is_online(std::string_view id) {
  constexpr std::string_view variant = ":online";
  id = id.substr(0, id.find("@preset/"));
  for (auto at = id.find(variant); at != id.npos; at = id.find(variant, at + 1)) {
    const std::size_t end = at + variant.size();
    if (end == id.size() || id[end] == ':') return true;
  }
  return false;
}

bool shows_its_price(const Model& model) {
  const Price& price = model.price;
  if (price.variable || !price.prompt_usd_per_million || !price.completion_usd_per_million ||
      model.id.starts_with("openrouter/")) {
    return false;
  }
  const auto is_text = [](const std::string& word) { return word == "text"; };
  const bool plain =
      std::all_of(model.output_modalities.begin(), model.output_modalities.end(), is_text) &&
      price.other_usd_per_unit.empty();
  const bool by_token = *price.prompt_usd_per_million + *price.completion_usd_per_million > 0;
  return plain || by_token || model.free();
}

const Model* find_model(const ModelList& list, std::string_view id) {
  const auto listed = [&list](std::string_view wanted) -> const Model* {
    for (const Model& model : list.models) {
      if (model.id == wanted) return &model;
    }
    return nullptr;
  };
  if (const Model* model = listed(id)) return model;
  const std::string_view base = base_id(id);
  return base.empty() || base == id ? nullptr : listed(base);
}

std::vector<std::string> nearest_ids(const ModelList& list, std::string_view wrong_id,
                                     std::size_t n) {
  ModelMatches newest_first;
  for (const Model& model : list.models) newest_first.push_back(&model);
  std::stable_sort(newest_first.begin(), newest_first.end(),
                   [](const Model* a, const Model* b) { return a->created > b->created; });
  std::vector<std::string_view> ids;
  for (const Model* model : newest_first) ids.push_back(model->id);
  return nearest(ids, base_id(wrong_id), n);
}

}  // namespace catalog
