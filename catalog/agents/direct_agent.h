// What the directories share that reach agents at their own endpoints: the call that a card asks
// for, and why there may be none. Called on the thread of the call.
#pragma once

#include <string>
#include <string_view>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/card.h"
#include "catalog/agents/card_pins.h"

namespace catalog {

// A call of the interface that the card offers first among those spoken here; without credential
// and price, for public addresses only. Throws Refused{unsupported} when there is none.
A2aCall direct_call(std::string_view directory, std::string_view slug, const AgentCard& card);

// The call that a task of the directory came of, without credential and price, for public addresses
// only.
A2aCall task_call(const AgentTask& task);

// "" when nothing that is known speaks against calling the agent with that credential.
std::string why_not_callable(const AgentCard& card, const Credential& credential);

// Writes into the detail what its card says: route "direct", callable or why not, what changed in
// it since it was pinned.
void judge_by_card(AgentDetail& detail, const Credential& credential, const PinStore& pins);

}  // namespace catalog
