#include "tools/offer.h"

#include <algorithm>
#include <array>

namespace tools {
namespace {

constexpr std::array<std::string_view, 6> of_models = {"list_models",    "get_model",
                                                       "model://{+id}",  "Second opinion",
                                                       "Compare models", "Review my diff"};
constexpr std::array<std::string_view, 4> of_agents = {"list_agents", "get_agent", "agent://{+id}",
                                                       "Delegate to an agent"};

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<Offer> offer_named(std::string_view text) {
  for (const Offer offer : {Offer::all, Offer::models, Offer::agents}) {
    if (text == name(offer)) return offer;
  }
  return std::nullopt;
}

const char* name(Offer offer) {
  if (offer == Offer::models) return "models";
  return offer == Offer::agents ? "agents" : "all";
}

bool is_offered(Offer offer, std::string_view feature) {
  if (offer == Offer::models) return !holds(of_agents, feature);
  return offer == Offer::all || !holds(of_models, feature);
}

std::string in_words_of(Offer offer, std::string text) {
  constexpr std::string_view both = "list_models or list_agents";
  const auto at = text.find(both);
  if (offer == Offer::all || at == std::string::npos) return text;
  return text.replace(at, both.size(), offer == Offer::models ? "list_models" : "list_agents");
}

}  // namespace tools
