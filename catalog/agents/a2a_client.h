// One call of an agent at its own endpoint, over A2A's JSON-RPC binding in 1.0 or 0.3. Called by
// the directories that reach agents directly; blocks on the thread of the call.
#pragma once

#include <stop_token>
#include <string>

#include "catalog/agents/a2a_version.h"
#include "catalog/agents/agent.h"
#include "catalog/answer.h"
#include "catalog/secret.h"
#include "catalog/transfers.h"

namespace catalog {

struct A2aCall {
  std::string who;   // "agent:local/helper"
  std::string name;  // of the card
  AgentInterface interface;
  A2aVersion version = A2aVersion::v1_0;  // tried first, unless the endpoint is known to differ
  bool streaming = false;
  const Credential* credential = nullptr;  // goes only to its own origin
  bool public_addresses_only = true;
  AgentPrice price;
};

// Sends the prompt as a new task and reads the reply to its end: streamed where the card says so,
// else as a blocking send. When the endpoint says that it does not know the method or the version
// (-32601, -32009, HTTP 404 or 405: nothing ran) and it is not known yet what it speaks, the other
// version is tried, once. Nothing else is ever sent twice. Throws UpstreamError, Refused,
// Cancelled.
Answer call_agent(const A2aCall& call, const Prompt& prompt, const Listener& listener,
                  Transfers& transfers, SpokenVersions& versions, std::stop_token stop);

// Throws Refused{unsupported} for arguments that only a model has.
void refuse_model_arguments(const Prompt& prompt);

// "agent:local/helper (Helper, A2A 1.0)"
std::string served_by(std::string_view who, std::string_view name, A2aVersion version);

// The target that names the agent: "agent:takoapi/helper", a "/" in the slug written as "%2F".
std::string agent_target(std::string_view directory, std::string_view slug);

}  // namespace catalog
