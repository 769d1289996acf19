// Where the key of one gateway, directory or agent comes from: an environment variable, a file, a
// program, the keyring, or what `patchbay login` left; asked in this order. Filled while the
// settings are read; only the environment is looked at then, all else when the key is needed.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "catalog/secret.h"

namespace tools {

struct KeySources {
  std::string owner;                 // "openrouter", "agents.reviewer": its account in the keyring
  std::string variable;              // of the environment
  std::optional<std::string> value;  // what that holds
  std::string file;                  // absolute
  std::vector<std::string> command;  // with its arguments; no shell
  bool keyring = false;
  std::string login_file;               // absolute; may not exist
  std::vector<std::string> workspaces;  // where no key file may lie
};

// Adds what the members key_env, key_file, key_command and key_keyring of a configuration entry
// say. `environment` as in settings.h. Throws std::runtime_error, for the user.
void add_configured(KeySources& sources, const nlohmann::json& entry,
                    const std::function<std::optional<std::string>(const char*)>& environment);

// Empty when there is no source at all. A key that no header can carry is refused when it is
// needed, in words that name the source and not the value.
catalog::Secret secret_from(KeySources sources);
// The sources by name, for a person: "REVIEWER_KEY", "key_file /run/key or the keyring".
std::string names_of(const KeySources& sources);

// The file for the key that a login at `origin` gave: one for each, for a key is bound to its own.
// Empty where one of them is.
std::string login_file(const std::string& config_folder, const std::string& origin);
// Its content where the key itself is in the keyring.
inline constexpr const char* in_keyring = "keyring";

}  // namespace tools
