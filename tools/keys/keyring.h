// The desktop's keyring, through `secret-tool` (libsecret-tools). Where there is none, or it is
// locked and nobody can be asked, that is said; nothing is ever asked over stdin or a terminal.
#pragma once

#include <stop_token>
#include <string>

#include "tools/keys/key_program.h"

namespace tools {

// The key that was stored for that account of the service "patchbay".
Ran keyring_lookup(const std::string& account, const std::stop_token& stop);
// Both return what went wrong; empty: nothing.
std::string keyring_store(const std::string& account, const std::string& key);
std::string keyring_forget(const std::string& account);

}  // namespace tools
