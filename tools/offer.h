// Which lookups an agent is offered: what is dropped takes no room in its context. Chosen once at
// start; then any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tools {

enum class Offer { all, models, agents };

// "all", "models" or "agents".
std::optional<Offer> offer_named(std::string_view name);
const char* name(Offer offer);

// False for what looks up the other kind: a tool by its name, a resource by its template, a prompt
// by its title.
bool is_offered(Offer offer, std::string_view feature);
// A text for agents, in which only lists are named that are offered.
std::string in_words_of(Offer offer, std::string text);

}  // namespace tools
