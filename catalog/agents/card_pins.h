// What a card said about who an agent is and where and how it is called, remembered from its first
// use, so that a later change is seen. What is remembered are the members themselves and no digest
// of them: then it can be told what changed. Called by the directories, on any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalog/agents/agent.h"

namespace catalog {

// Where pins are kept; both functions are called by any number of threads at once.
struct PinStore {
  std::function<std::optional<std::string>(const std::string& agent)> recall;
  std::function<void(const std::string& agent, const std::string& pin)> keep;
};

// Kept as long as the store and its copies live.
PinStore memory_pins();

// The members that matter as JSON text: name, provider, interfaces, security, required extensions.
std::string card_pin(const AgentCard& card);

// Pins the card where there is no pin for that agent ("local/helper") yet; else one line for each
// member that is not as it was pinned, with both values: "interfaces was …, is …". The first pin
// stands.
std::vector<std::string> card_changes(const PinStore& store, const std::string& agent,
                                      const AgentCard& card);

}  // namespace catalog
