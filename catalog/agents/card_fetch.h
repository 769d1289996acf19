// Fetching an AgentCard: where it may lie, redirects followed by hand, everything bounded. Called
// by the directories, on the thread of the call.
#pragma once

#include <stop_token>
#include <string_view>

#include "catalog/agents/card.h"
#include "catalog/secret.h"
#include "catalog/transfers.h"

namespace catalog {

struct FetchedCard {
  AgentCard card;
  Url url;  // where it was found, after redirects
};

// A URL whose path ends in ".json" is asked as it is; else `.well-known/agent-card.json` below the
// path, then at the origin, then `.well-known/agent.json` (0.2 and before) in the same two places.
// At most 256 KiB, 10 s for everything, three redirects per place; `credential` (may be null) goes
// only to its own origin. `public_only` refuses loopback and private addresses on every hop;
// without it they are still refused to a redirect that leads to another host, unless it started on
// loopback. Throws UpstreamError (not_found, unauthorized, forbidden, malformed, unavailable,
// timed_out …), Refused{invalid_arguments} for a URL that is none, Cancelled. Never billed.
FetchedCard fetch_card(std::string_view url, const Credential* credential, Transfers& transfers,
                       std::stop_token stop, bool public_only);

}  // namespace catalog
