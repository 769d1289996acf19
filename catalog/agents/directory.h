// A directory lists agents and knows how each of them is called. Each kind is one file
// (`takoapi.cc`, `cards.cc`), found by the table in `catalog/catalog.cc`. All functions block, may
// be called by any number of threads, and throw as `catalog/errors.h` says.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/agent.h"
#include "catalog/answer.h"
#include "catalog/secret.h"

namespace catalog {

class Transfers;

struct DirectorySettings {
  std::string name;        // "takoapi", "local", "sandbox", or a name from the configuration
  std::string base_url;    // the directory's root: "https://takoapi.com"
  Credential credential;   // secret empty: lookups only
  std::string key_source;  // where the key came from ("TAKO_KEY"), for messages
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
  virtual AgentList agents(const AgentQuery& query, std::stop_token stop) = 0;
  // One agent with its card; throws UpstreamError{not_found} for an unknown slug.
  virtual AgentDetail agent(std::string_view slug, std::stop_token stop) = 0;
  virtual Answer invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                        std::stop_token stop) = 0;
};

// The TakoAPI registry and its gateway (one key for all its agents).
std::unique_ptr<Directory> make_takoapi(DirectorySettings settings, Transfers& transfers);
// Agents the user named by card URL; called directly over A2A, with their own credentials.
std::unique_ptr<Directory> make_cards(std::string name, std::vector<CardEntry> entries,
                                      Transfers& transfers);

}  // namespace catalog
