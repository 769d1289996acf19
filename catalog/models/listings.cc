#include "catalog/models/listings.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/models/chat_errors.h"
#include "catalog/models/json_cursor.h"

namespace catalog {
namespace {

using std::chrono::minutes;
using std::chrono::steady_clock;

constexpr minutes fresh_for{5};
constexpr std::size_t largest_listing = std::size_t{16} << 20;

std::optional<ModelIds> models_in(std::string_view reply) {
  const auto models = decode_models(reply);
  if (!models) return std::nullopt;
  ModelIds ids;
  ids.reserve(models->size());
  for (const Model& model : *models) ids.push_back(model.id);
  return ids;
}

std::string endpoint_in(JsonCursor& json) {
  std::string model;
  std::string tag;
  json.members([&](std::string_view key) {
    if (key == "model_id") json.append_string(model);
    if (key == "tag") json.append_string(tag);
  });
  return model.empty() || tag.empty() ? std::string() : endpoint_id(model, tag);
}

// `{data: [{model_id, tag}]}`; none at all say nothing.
std::optional<ModelIds> endpoints_in(std::string_view reply) {
  constexpr std::size_t most = 20'000;
  ModelIds ids;
  JsonCursor json(reply);
  json.members([&](std::string_view key) {
    if (key != "data") return;
    json.elements([&](std::size_t) {
      std::string id = endpoint_in(json);
      if (!id.empty() && ids.size() < most) ids.push_back(std::move(id));
    });
  });
  return json.ok() && !ids.empty() ? std::optional(std::move(ids)) : std::nullopt;
}

struct Question {
  const char* path;  // OpenRouter API, "List models"
  const char* what;  // "… is not available"
  std::optional<ModelIds> (*read)(std::string_view reply);
};

constexpr Question questions[] = {
    {"/models?sort=most-popular", "sorting by popularity", models_in},
    {"/models?sort=throughput-high-to-low", "sorting by throughput", models_in},
    {"/models?sort=latency-low-to-high", "sorting by latency", models_in},
    {"/models?zdr=true", "the filter on zero data retention", models_in},
    {"/endpoints/zdr", "the list of providers that keep no data", endpoints_in},
};

const Question& question(Listing which) { return questions[static_cast<std::size_t>(which)]; }

[[noreturn]] void refuse(const GatewaySettings& settings, Listing which) {
  throw Refused(
      Kind::unsupported,
      fmt::format("{} is not available: {} does not tell", question(which).what, settings.name),
      "Leave it out, or sort by price, context, newest, coding, intelligence or agentic.");
}

// Whether the gateway passed over the question and told what it always tells.
bool says_nothing(const ModelIds& ids, Listing which, const ModelList& all) {
  if (which == Listing::zero_retention_endpoints) return false;
  ModelIds usual;
  for (const Model& model : all.models) {
    if (std::find(ids.begin(), ids.end(), model.id) != ids.end()) usual.push_back(model.id);
  }
  const bool everything = ids.size() >= all.models.size();
  return which == Listing::zero_retention ? everything : ids.size() > 2 && usual == ids;
}

}  // namespace

Listings::Ids Listings::fetch(Listing which, LiveCatalogue& catalogue,
                              const std::stop_token& stop) {
  const auto all = catalogue.models(stop);
  const Response response =
      look_up(settings_, transfers_, question(which).path, largest_listing, stop);
  if (response.head.status == 400 || response.head.status == 404) refuse(settings_, which);
  if (response.head.status != 200) {
    const ErrorContext context{settings_.name, settings_.key_source, "the list of models"};
    throw reply_error(context, response.head, response.body);
  }
  auto told = question(which).read(response.body);
  if (!told) refuse(settings_, which);
  auto ids = std::make_shared<const ModelIds>(*std::move(told));
  if (says_nothing(*ids, which, *all)) refuse(settings_, which);
  return ids;
}

Listings::Ids Listings::ids(Listing which, LiveCatalogue& catalogue, const std::stop_token& stop) {
  if (settings_.dialect != Dialect::openrouter) refuse(settings_, which);
  Kept& kept = kept_[static_cast<std::size_t>(which)];
  const auto held = [&kept](bool fresh_only) -> Ids {
    std::lock_guard lock(kept.mutex);
    const bool fresh = steady_clock::now() - kept.as_of <= fresh_for;
    return kept.ids && (fresh || !fresh_only) ? kept.ids : nullptr;
  };
  if (Ids ids = held(true)) return ids;
  const HeldTurn turn(kept.turn, stop);
  if (Ids ids = held(true)) return ids;
  try {
    Ids ids = fetch(which, catalogue, stop);
    std::lock_guard lock(kept.mutex);
    kept.as_of = steady_clock::now();
    return kept.ids = ids;
  } catch (const UpstreamError&) {
    if (Ids ids = held(false)) return ids;
    throw;
  }
}

}  // namespace catalog
