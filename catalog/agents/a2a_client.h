// One agent at its own endpoint, over A2A 1.0 or 0.3, over JSON-RPC or plain HTTP: a prompt sent as
// a new task, a task followed, answered or cancelled. Called by the directories; everything blocks
// on the thread of the call.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/agents/a2a_message.h"
#include "catalog/agents/a2a_version.h"
#include "catalog/agents/agent.h"
#include "catalog/agents/agent_task.h"
#include "catalog/agents/task_progress.h"
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
  std::string directory{};  // for the tasks that come of it, as are the next two
  std::string slug{};
  std::string route{"direct"};
};

// Sends the prompt and reads the reply to its end: streamed where the card says so, else sent and
// then fetched until it is done. When the endpoint says that it does not know the method or the
// version (-32601, -32009, HTTP 404 or 405: nothing ran) and it is not known yet what it speaks,
// the other version is tried, once. Nothing else is ever sent twice: a stream that breaks after the
// agent named its task is resumed, and when a reply never came the agent is asked for the task that
// holds the message, where it lists tasks. A stop sends a cancellation within 3 s before Cancelled
// is thrown, where the task is known and the patience does not say otherwise. Answers working after
// ten minutes, or when the patience ends. Throws UpstreamError, Refused, Cancelled.
Answer call_agent(const A2aCall& call, const Prompt& prompt, const Listener& listener,
                  Transfers& transfers, SpokenVersions& versions, std::stop_token stop);

// The call that a task came of: its interface, version and streaming, as the task says.
A2aCall call_of_task(A2aCall agent, const AgentTask& task);

// The prompt as a message of the task, which answers its question (or adds to it): else the same.
Answer answer_task(const A2aCall& call, const AgentTask& task, const Prompt& prompt,
                   const Listener& listener, Transfers& transfers, std::stop_token stop);

// What became of the task, waited for: fetched, then subscribed to, or fetched again after 0.1 s,
// 0.2 s … up to 30 s. A stop ends the waiting, never the task. Throws UpstreamError{not_found} when
// the agent does not know it any more.
Answer follow_task(const A2aCall& call, const AgentTask& task, const Patience& patience,
                   const Listener& listener, Transfers& transfers, std::stop_token stop);

// The same for a task of which a part was seen already, so that nothing is told twice.
Answer follow_task(const A2aCall& call, A2aVersion version, TaskProgress& progress,
                   const Patience& patience, const Listener& listener, Transfers& transfers,
                   std::stop_token stop);

// The state after a cancellation; a task that was over keeps its state. Tries for about 4 s where
// the agent says yes and goes on. Throws UpstreamError, Cancelled.
TaskState cancel_task(const A2aCall& call, const AgentTask& task, Transfers& transfers,
                      std::stop_token stop);

// The agent's tasks in a conversation (all of the caller's, when that is empty), newest first as
// the agents say; one page. Throws Refused{unsupported} for 0.3, which cannot list.
TaskPage list_tasks(const A2aCall& call, const std::string& context_id,
                    const std::string& page_token, Transfers& transfers, std::stop_token stop);

// The JSON text of the card that only authenticated callers see; nothing when there is none to be
// had.
std::optional<std::string> extended_card(const A2aCall& call, Transfers& transfers,
                                         std::stop_token stop);

// A credential is configured, but not for the place where the card says the agent is.
bool is_withheld(const A2aCall& call);

// Throws Refused{unsupported} for arguments that only a model has.
void refuse_model_arguments(const Prompt& prompt);

// "agent:local/helper (Helper, A2A 1.0)"
std::string served_by(std::string_view who, std::string_view name, A2aVersion version);

// The target that names the agent: "agent:takoapi/helper", a "/" in the slug written as "%2F".
std::string agent_target(std::string_view directory, std::string_view slug);

}  // namespace catalog
