// What the environment and the configuration file ask for. Read once at start, without touching the
// network; nothing here is guessed from what the upstream might be.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalog/agents/directory.h"
#include "catalog/models/gateway.h"
#include "catalog/spend/budgets.h"
#include "tools/offer.h"

namespace tools {

// The value of an environment variable; nothing when it is unset or empty, or still looks like an
// unexpanded "${NAME}", which is what some clients hand on.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

// A key that may be sent, without its value: for `doctor`, and to wipe the environment.
struct NamedKey {
  std::string owner;     // "openrouter", "takoapi", "agents.reviewer", "directories.team"
  std::string origin;    // the only place it goes to
  std::string source;    // "REVIEWER_KEY", "key_file /run/key or the keyring"; empty: there is none
  std::string variable;  // of the environment, that is looked at; may be empty
};

struct Settings {
  catalog::GatewaySettings gateway;                // the default one
  std::vector<catalog::GatewaySettings> gateways;  // further ones, by name
  catalog::DirectorySettings directory;            // TakoAPI
  std::vector<catalog::CardEntry> agents;
  std::vector<catalog::DirectorySettings> directories;  // further ones, each of some kind
  std::vector<NamedKey> keys;
  std::string state_folder;   // absolute; empty when there is no home
  std::string config_folder;  // likewise
  std::string config_file;    // the one that was read; empty: none
  // Why it was not read, or a variable not used; only where that is no reason to give up.
  std::string config_problem;
  std::string workspace;       // --workspace, absolute; empty: decided call by call
  std::string project_folder;  // what Claude Code says it works in
  std::string home;
  catalog::Budgets budgets;
  Offer offer = Offer::all;
  bool offer_given = false;  // by --tools, which counts before the configuration
  std::int64_t result_bytes = 8192;
  std::size_t media_bytes = std::size_t{64} << 20;  // the most that an image or a video may be
  bool ask_person = false;  // an agent's question goes to the person first, where one can be asked
  bool use_env_proxy = false;
  std::string ca_file;
};

// Throws std::runtime_error, written for the user, when a variable holds no URL, or the
// configuration file cannot be read, is not theirs alone to write, or holds something it may not.
Settings read_settings(const Environment& environment);
// The same for whoever has to say what is wrong, or needs little of it: `config_problem` says why
// only the environment counts, or why a gateway or directory has no address.
Settings read_what_can_be_read(const Environment& environment);

}  // namespace tools
