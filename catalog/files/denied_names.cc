#include "catalog/files/denied_names.h"

#include <algorithm>
#include <array>

namespace catalog {
namespace {

// "x*" begins with x, "*x" ends with x.
constexpr std::array<std::string_view, 44> secret_names = {".git",
                                                           ".env*",
                                                           ".ssh",
                                                           ".aws",
                                                           ".azure",
                                                           ".gnupg",
                                                           ".kube",
                                                           ".docker",
                                                           ".netrc",
                                                           "_netrc",
                                                           ".npmrc",
                                                           ".yarnrc*",
                                                           ".pypirc",
                                                           ".pgpass",
                                                           ".my.cnf",
                                                           ".htpasswd",
                                                           ".boto",
                                                           ".vault-token",
                                                           ".git-cred*",
                                                           ".terraformrc",
                                                           ".claude",
                                                           ".claude.json",
                                                           ".codex",
                                                           ".cursor",
                                                           ".gemini",
                                                           ".opencode",
                                                           ".mcp.json",
                                                           "*.pem",
                                                           "*.key",
                                                           "*.p12",
                                                           "*.pfx",
                                                           "*.jks",
                                                           "*.keystore",
                                                           "*.kdbx",
                                                           "*.ppk",
                                                           "*.tfstate",
                                                           "*.tfvars",
                                                           "id_rsa*",
                                                           "id_dsa*",
                                                           "id_ecdsa*",
                                                           "id_ed25519*",
                                                           "credentials.json",
                                                           "service-account*.json",
                                                           "*.ovpn"};

constexpr std::array<std::string_view, 6> obeyed_names = {
    "claude.md", "claude.local.md", "agents.md", "agents.override.md", "gemini.md", "skill.md"};

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool fits(std::string_view name, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  return name.size() + 1 >= pattern.size() && name.starts_with(pattern.substr(0, star)) &&
         name.ends_with(pattern.substr(star + 1));
}

template <class Patterns>
bool fits_any(std::string_view name, const Patterns& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string_view pattern) { return fits(name, pattern); });
}

}  // namespace

std::string_view keeps_secrets(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (fits_any(lower(name), secret_names)) return name;
  }
  return {};
}

std::string_view is_obeyed(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.starts_with('.') || fits_any(lower(name), obeyed_names)) return name;
  }
  return {};
}

}  // namespace catalog
