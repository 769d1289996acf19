// Proof key for code exchange (RFC 7636, S256): the page in the browser gets the challenge, and
// only who has the verifier can turn the code that comes back into a key.
#pragma once

#include <string>

namespace tools {

struct Pkce {
  std::string verifier;   // 64 characters, 256 bits
  std::string challenge;  // of it
};

Pkce make_pkce();
// BASE64URL(SHA256(verifier)), without padding.
std::string challenge_of(const std::string& verifier);

}  // namespace tools
