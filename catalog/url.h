// URLs as far as we need them: split, compared by origin, resolved, and pieces percent-encoded.
// Everything here takes attacker-controlled text (cards, registries) and returns nothing on
// nonsense.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace catalog {

struct Url {
  std::string text;    // normalised whole
  std::string scheme;  // lower case
  std::string host;    // lower case, IPv6 without brackets
  int port = 0;        // the scheme's default when none was given
  std::string path;    // starts with "/"

  // "https://host:port", always with the port: the unit a credential is bound to.
  std::string origin() const;
};

// An absolute http or https URL without user information; nothing otherwise.
std::optional<Url> parse_url(std::string_view text);

// `reference` (absolute or relative) seen from `base`; nothing when the result is not http(s).
std::optional<Url> resolve_url(const Url& base, std::string_view reference);

// "127.0.0.1", "::1", "localhost" and names below ".localhost".
bool is_loopback(std::string_view host);

// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3): for one path segment
// or one query value.
std::string percent_encoded(std::string_view text);

}  // namespace catalog
