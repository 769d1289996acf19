// AgentCards, decoded. A card is read whichever version of A2A it was written in (0.1 to 1.0, and
// the oddities met in the wild), and one of its interfaces is chosen to be called. Pure, on any
// thread; nothing here throws, whatever the card holds.
#pragma once

#include <optional>
#include <string>

#include "catalog/agents/a2a_version.h"
#include "catalog/agents/agent.h"
#include "catalog/url.h"
#include "nlohmann/json_fwd.hpp"

namespace catalog {

// The card as far as it can be understood; counts and lengths are bounded. `card_url` is where it
// was found: relative URLs are seen from there, an address that means "this machine" (0.0.0.0,
// localhost) in a card from another machine is replaced by the card's origin, a link-local one is
// dropped, and plain http on the card's own https host becomes https (A2A 1.0 section 8, 0.3
// section 5.5).
AgentCard decode_card(const nlohmann::json& card, const Url& card_url);

// Whether the document is meant to be a card at all: an object with a name or an interface.
bool looks_like_card(const nlohmann::json& document);

struct ChosenInterface {
  std::optional<AgentInterface> interface;  // absent: `why_not` says why
  A2aVersion version = A2aVersion::v1_0;    // to be tried first
  std::string why_not;                      // one clause
};

// The card's first interface over JSON-RPC or plain HTTP, in 1.0 where the same URL speaks both;
// 0.3 over plain HTTP only where there is nothing else. Nothing when there is none, or when the
// card requires an extension (we speak none; the agent would answer -32008).
ChosenInterface choose_interface(const AgentCard& card);

// The interface that speaks 0.3 over JSON-RPC, which is all that some gateways can call.
bool speaks_0_3(const AgentCard& card);

}  // namespace catalog
