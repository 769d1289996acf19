// Calling an agent through the TakoAPI gateway: one key for all agents, the agent's own A2A reply
// passed on. The gateway always speaks A2A 0.3 to agents. Called by the directory, on the thread of
// the call.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "catalog/agents/a2a_errors.h"
#include "catalog/agents/agent.h"
#include "catalog/answer.h"
#include "catalog/secret.h"
#include "catalog/transfers.h"

namespace catalog {

struct TakoapiCall {
  std::string who;       // "agent:takoapi/helper"
  std::string base_url;  // without a trailing slash
  const Credential& credential;
  std::string key_source;  // "TAKO_KEY"
  const Agent& agent;
  bool public_addresses_only = true;  // of the agent's own endpoint
};

// A prompt as a new task, or as a message of `task` (may be null). Streamed where the agent can
// stream and is free and nothing but text is sent: on a stream the gateway bills a priced agent
// even when it answers with an error, and reads only text. At most 35 s, streamed 130 s (the
// gateway's own limits are 30 and 120). What is not over by then, or breaks, is followed at the
// agent's own endpoint, without the gateway's key, where the agent is open; else it is working.
// Nothing when the agent does not speak what the gateway speaks (nothing ran then, and nothing was
// billed). Throws UpstreamError, Cancelled.
std::optional<Answer> call_through_takoapi(const TakoapiCall& call, const Prompt& prompt,
                                           const AgentTask* task, const Listener& listener,
                                           Transfers& transfers, std::stop_token stop);

// What an error of the gateway itself means: a body whose `error` is a string. Nothing for the
// errors of agents, which have other shapes.
std::optional<UpstreamError> takoapi_error(const TakoapiCall& call, const ResponseHead& head,
                                           std::string_view body);

}  // namespace catalog
