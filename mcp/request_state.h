// The `requestState` of an `input_required` result: what a handler knows so far, handed to the
// client and back. It comes back as attacker input, so it is sealed: by a key of this process, for
// ten minutes, and bound to who asked what. Pure but for the clock and the key; any thread.
#pragma once

#include <string>
#include <string_view>

#include "mcp/json.h"

namespace mcp {

// `binding`: what the state belongs to (principal, method, params); it is not in the text.
std::string seal_state(const Json& state, std::string_view binding);
// Throws RpcError{invalid_params} for a text that was altered, is too old, or belongs elsewhere.
Json open_state(const std::string& text, std::string_view binding);

// SHA-256, in hexadecimal.
std::string sha256_hex(std::string_view bytes);
std::string base64(std::string_view bytes);
// Nothing when it is not base64.
std::string from_base64(std::string_view text, bool& valid);
// 128 random bits in hexadecimal: names that nobody can guess.
std::string unguessable_id();

}  // namespace mcp
