// What the directories share that speak to agents themselves, over A2A: the call that a card asks
// for, and why there may be none. Called on the thread of the call.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/card.h"
#include "catalog/agents/card_pins.h"
#include "catalog/agents/directory.h"

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

// Puts the card that `fetch` returns into the detail, or the problem that it throws (UpstreamError,
// Refused).
void add_card(AgentDetail& detail, const std::function<AgentCard()>& fetch);

// A directory of which every agent is spoken to over A2A, from the first prompt to its tasks.
class DirectDirectory : public Directory {
 public:
  const std::string& name() const final { return name_; }
  Answer invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) final;
  Answer follow(const AgentTask& task, const Patience& patience, const Listener& listener,
                std::stop_token stop) final;
  Answer answer(const AgentTask& task, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) final;
  TaskState cancel(const AgentTask& task, std::stop_token stop) final;

 protected:
  DirectDirectory(std::string name, Transfers& transfers, PinStore pins);

  // The card that a new prompt goes by. Throws as `invoke` does.
  virtual AgentCard card_to_call(std::string_view slug, std::stop_token stop) = 0;
  // Adds what the directory knows: the credential, the route, which addresses may be called.
  virtual A2aCall completed(A2aCall call) const = 0;

  Transfers& transfers() const { return transfers_; }
  const PinStore& pins() const { return pins_; }

 private:
  const std::string name_;
  Transfers& transfers_;
  const PinStore pins_;
  SpokenVersions versions_;
};

}  // namespace catalog
