// A directory lists agents and knows how each of them is called. Each kind is one file
// (`takoapi.cc`, `a2aregistry.cc`, `litellm.cc`, `openai_agents.cc`; `cards.cc` for agents that the
// user named), found by the table in `directory_kinds.cc`. All functions block, may be called by
// any number of threads, and throw as `catalog/errors.h` says.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/agent.h"
#include "catalog/agents/agent_task.h"
#include "catalog/agents/card_pins.h"
#include "catalog/answer.h"
#include "catalog/secret.h"

namespace catalog {

class Transfers;

struct DirectorySettings {
  std::string name;        // "takoapi", "local", "sandbox", or a name from the configuration
  std::string base_url;    // the directory's root: "https://takoapi.com"
  Credential credential;   // secret empty: lookups only
  std::string key_source;  // where the key came from ("TAKO_KEY"), for messages
  std::string kind{};      // a name of `directory_kinds`; empty where the code knows
  std::vector<std::string> agents{};  // named by the configuration, where the other side lists none
  PinStore pins{};                    // empty: kept in memory
};

// An agent that the user named by its card, with the credentials for it.
struct CardEntry {
  std::string slug;
  std::string card_url;
  Credential credential;  // secret empty: none needed
};

class Directory {
 public:
  virtual ~Directory() = default;

  virtual const std::string& name() const = 0;
  // The agents that match, in the directory's order. May answer from a cache of about a minute.
  virtual AgentMatches agents(const AgentQuery& query, std::stop_token stop) = 0;
  // One agent with its card; throws UpstreamError{not_found} for an unknown slug.
  virtual AgentDetail agent(std::string_view slug, std::stop_token stop) = 0;
  virtual Answer invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                        std::stop_token stop) = 0;

  // A task of this directory (`AgentTask::directory` is its name) that an answer or a listener was
  // given. All three throw Refused{unsupported} where the route knows no tasks, and
  // UpstreamError{not_found} when the agent has forgotten it.
  //
  // Waits for what becomes of it: the answer, a question, or working when the patience ends. A stop
  // ends the waiting and leaves the task.
  virtual Answer follow(const AgentTask& task, const Patience& patience, const Listener& listener,
                        std::stop_token stop) = 0;
  // Says the prompt in the task and its conversation: the answer to its question. Then as `invoke`.
  virtual Answer answer(const AgentTask& task, const Prompt& prompt, const Listener& listener,
                        std::stop_token stop) = 0;
  // Cancels it and returns its state after that; a task that was over keeps its state.
  virtual TaskState cancel(const AgentTask& task, std::stop_token stop) = 0;
};

// The TakoAPI registry and its gateway (one key for all its agents).
std::unique_ptr<Directory> make_takoapi(DirectorySettings settings, Transfers& transfers);
// The community registry of A2A agents, which are called directly, without credentials.
std::unique_ptr<Directory> make_a2aregistry(DirectorySettings settings, Transfers& transfers);
// The agents behind a LiteLLM gateway: one key, and every method of A2A passed on.
std::unique_ptr<Directory> make_litellm(DirectorySettings settings, Transfers& transfers);
// Agents behind an OpenAI-compatible endpoint, whose model ids they are; `base_url` includes the
// version path. They have no tasks and no conversations.
std::unique_ptr<Directory> make_openai_agents(DirectorySettings settings, Transfers& transfers);
// Agents the user named by card URL; called directly over A2A, with their own credentials.
std::unique_ptr<Directory> make_cards(std::string name, std::vector<CardEntry> entries,
                                      Transfers& transfers, PinStore pins = {});

}  // namespace catalog
