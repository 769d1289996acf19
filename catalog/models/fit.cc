#include "catalog/models/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "catalog/errors.h"
#include "catalog/files/file_kind.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/media/media.h"
#include "catalog/models/model_query.h"

namespace catalog {
namespace {

using std::chrono::system_clock;

constexpr std::int64_t least_output = 16;  // tokens; some providers refuse less
constexpr std::size_t most_named = 3;

// An argument of the call, and what a model must list to take it; any of the two.
struct Parameter {
  std::string_view argument;
  std::string_view name;
  std::string_view other_name;
};

// What a prompt asks of whoever answers it.
struct Needs {
  std::int64_t tokens = 0;
  std::vector<Parameter> parameters;
  std::vector<const FilePart*> files;  // that a model must be able to take
};

// Text stands in the prompt, and a PDF is read by any model, because the gateway takes its text
// out.
bool needs_a_sense(const FilePart& file) {
  const FileKind kind = kind_of(file.media_type);
  return kind == FileKind::image || kind == FileKind::audio;
}

Needs needs_of(const Prompt& prompt) {
  Needs needs;
  needs.tokens = estimated_tokens(prompt);
  if (prompt.temperature) needs.parameters.push_back({"temperature", "temperature", {}});
  if (prompt.reasoning_effort && *prompt.reasoning_effort != "none") {
    needs.parameters.push_back({"reasoning_effort", "reasoning", "reasoning_effort"});
  }
  if (!prompt.output_schema.empty()) {
    needs.parameters.push_back({"output_schema", "structured_outputs", {}});
  }
  if (prompt.web_search) needs.parameters.push_back({"web_search", "tools", {}});
  for (const FilePart& file : prompt.files) {
    if (needs_a_sense(file)) needs.files.push_back(&file);
  }
  return needs;
}

bool has(const std::vector<std::string>& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

bool takes(const Model& model, const Parameter& parameter) {
  return model.supported_parameters.empty() || model.supports(parameter.name) ||
         (!parameter.other_name.empty() && model.supports(parameter.other_name));
}

// "YYYY-MM-DD" sorts as time does.
bool has_expired(const Model& model, system_clock::time_point now) {
  if (model.expiration_date.empty()) return false;
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  return model.expiration_date < fmt::format("{:04}-{:02}-{:02}", int(today.year()),
                                             unsigned(today.month()), unsigned(today.day()));
}

struct Misfit {
  Kind kind;
  std::string what;
  std::string change;  // of the arguments, as the beginning of a sentence; may be empty
};

std::optional<Misfit> misfit_of_data(const Model& model, const Needs& needs) {
  const std::int64_t context = model.context_length;
  if (context > 0 && needs.tokens + least_output > context) {
    return Misfit{Kind::too_long,
                  fmt::format("the prompt is about {} tokens and {} takes {}", needs.tokens,
                              model.id, context),
                  "Shorten the prompt"};
  }
  for (const FilePart* file : needs.files) {
    const std::string_view input = modality(kind_of(file->media_type));
    if (model.input_modalities.empty() || has(model.input_modalities, input)) continue;
    return Misfit{
        Kind::unsupported,
        fmt::format("\"{}\" is {}, which {} does not take", file->name, file->media_type, model.id),
        ""};
  }
  const bool silent = !model.output_modalities.empty() && !has(model.output_modalities, "text");
  if (silent && media_endpoint(model) == nullptr) {
    return Misfit{Kind::unsupported,
                  fmt::format("{} puts out {}, which is of no use here", model.id,
                              fmt::join(model.output_modalities, ", ")),
                  ""};
  }
  return std::nullopt;
}

std::optional<Misfit> misfit(const Model& model, const Needs& needs, const Prompt& prompt,
                             system_clock::time_point now) {
  if (has_expired(model, now)) {
    return Misfit{Kind::not_found,
                  fmt::format("{} was withdrawn on {}", model.id, model.expiration_date), ""};
  }
  if (auto found = misfit_of_data(model, needs)) return found;
  for (const Parameter& parameter : needs.parameters) {
    if (takes(model, parameter)) continue;
    return Misfit{Kind::unsupported,
                  fmt::format("{} does not take {}", model.id, parameter.argument),
                  fmt::format("Leave {} out", parameter.argument)};
  }
  // An alias raises the effort by itself.
  const bool stands_still = model.reasoning && model.reasoning->mandatory && model.id[0] != '~';
  if (stands_still && prompt.reasoning_effort == "none") {
    return Misfit{Kind::unsupported, fmt::format("{} always reasons", model.id),
                  "Leave reasoning_effort out"};
  }
  return std::nullopt;
}

// A router and a preset choose the model themselves.
bool is_judged(std::string_view id, const Model& model) {
  return !model.price.variable && !id.starts_with("openrouter/") && id.find("@preset/") == id.npos;
}

bool may_do(const ModelList& list, std::string_view id, const Needs& needs, const Prompt& prompt,
            system_clock::time_point now) {
  const Model* const model = find_model(list, id);
  return model == nullptr || !is_judged(id, *model) || !misfit(*model, needs, prompt, now);
}

// Known to write text and nothing else, for a price that is known.
bool is_plain_text(const Model& model) {
  const bool only_text = model.output_modalities.size() == 1;  // or it would not have been found
  return only_text && shows_its_price(model) && !model.supported_parameters.empty();
}

bool costs_nothing(const Model& model) {
  return model.free() || (model.price.free() && shows_its_price(model));
}

// The cheapest of those that are known to fit. Free ones are offered only in place of a free one:
// they mostly keep what they are told.
std::vector<std::string> that_fit(const ModelList& list, const Model& instead_of,
                                  const Needs& needs, const Prompt& prompt,
                                  system_clock::time_point now) {
  ModelQuery query;
  query.sort = ModelSort::price;
  const MediaEndpoint* const media = media_endpoint(instead_of);
  if (media != nullptr) query.output_modalities = {std::string(media->modality)};
  if (media == nullptr) query.min_context = needs.tokens + least_output;
  std::vector<std::string> ids;
  for (const Model* model : find_models(list, query)) {
    if (ids.size() == most_named) break;
    if (media == nullptr && !is_plain_text(*model)) continue;
    if (costs_nothing(*model) != costs_nothing(instead_of)) continue;
    if (!misfit(*model, needs, prompt, now)) ids.push_back(model->id);
  }
  return ids;
}

std::string advice(const Misfit& misfit, const std::vector<std::string>& ids) {
  const bool either = !misfit.change.empty();
  if (ids.empty()) return either ? misfit.change + "." : "Find another model with list_models.";
  return fmt::format("{}{} one of the cheapest that fit: {}.", misfit.change,
                     either ? ", or call" : "Call", fmt::join(ids, ", "));
}

}  // namespace

void require_fit(const ModelList& list, std::string_view id, const Model& model,
                 const Prompt& prompt, std::string_view target_prefix,
                 system_clock::time_point now) {
  if (!is_judged(id, model)) return;
  const Needs needs = needs_of(prompt);
  const auto found = misfit(model, needs, prompt, now);
  if (!found) return;
  for (const std::string& fallback : prompt.fallbacks) {
    if (may_do(list, fallback, needs, prompt, now)) return;
  }
  std::vector<std::string> ids = that_fit(list, model, needs, prompt, now);
  for (std::string& each : ids) each.insert(0, target_prefix);
  throw Refused(found->kind, found->what, advice(*found, ids));
}

}  // namespace catalog
