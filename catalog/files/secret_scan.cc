#include "catalog/files/secret_scan.h"

#include <algorithm>
#include <array>

namespace catalog {
namespace {

enum class Letters { hex, upper, alphanumeric, url_safe };

// A fixed beginning and so many letters of a kind behind it.
struct Format {
  std::string_view begin;
  Letters letters;
  std::size_t least;
  std::string_view what;
};

// As their makers describe them for secret scanners.
constexpr std::array<Format, 22> formats = {{
    {"sk-or-v1-", Letters::hex, 32, "an OpenRouter key"},
    {"sk-ant-", Letters::url_safe, 32, "an Anthropic key"},
    {"sk-proj-", Letters::url_safe, 32, "an OpenAI key"},
    {"sk-svcacct-", Letters::url_safe, 32, "an OpenAI key"},
    {"tako_live_", Letters::url_safe, 32, "a TakoAPI key"},
    {"AKIA", Letters::upper, 16, "an AWS access key"},
    {"ASIA", Letters::upper, 16, "an AWS access key"},
    {"ghp_", Letters::alphanumeric, 36, "a GitHub token"},
    {"gho_", Letters::alphanumeric, 36, "a GitHub token"},
    {"ghu_", Letters::alphanumeric, 36, "a GitHub token"},
    {"ghs_", Letters::alphanumeric, 36, "a GitHub token"},
    {"ghr_", Letters::alphanumeric, 36, "a GitHub token"},
    {"github_pat_", Letters::url_safe, 40, "a GitHub token"},
    {"glpat-", Letters::url_safe, 20, "a GitLab token"},
    {"AIza", Letters::url_safe, 35, "a Google API key"},
    {"xoxb-", Letters::url_safe, 24, "a Slack token"},
    {"xoxp-", Letters::url_safe, 24, "a Slack token"},
    {"sk_live_", Letters::alphanumeric, 24, "a Stripe key"},
    {"rk_live_", Letters::alphanumeric, 24, "a Stripe key"},
    {"npm_", Letters::alphanumeric, 36, "an npm token"},
    {"hf_", Letters::alphanumeric, 34, "a Hugging Face token"},
    {"-----BEGIN ", Letters::upper, 0, "a private key"},
}};

constexpr std::string_view private_key = "PRIVATE KEY";
constexpr std::size_t longest_key_name = 32;  // "ENCRYPTED ", "RSA ", "OPENSSH " …

constexpr std::array<bool, 256> make_first_bytes() {
  std::array<bool, 256> first{};
  for (const Format& format : formats) first[static_cast<unsigned char>(format.begin[0])] = true;
  return first;
}

constexpr std::array<bool, 256> first_bytes = make_first_bytes();

bool among(char c, Letters letters) {
  const bool digit = c >= '0' && c <= '9';
  const bool upper = c >= 'A' && c <= 'Z';
  const bool lower = c >= 'a' && c <= 'z';
  switch (letters) {
    case Letters::hex:
      return digit || (c >= 'a' && c <= 'f');
    case Letters::upper:
      return digit || upper;
    case Letters::alphanumeric:
      return digit || upper || lower;
    case Letters::url_safe:
      return digit || upper || lower || c == '-' || c == '_';
  }
  return false;
}

bool is_private_key(std::string_view behind) {
  return behind.substr(0, longest_key_name).find(private_key) != std::string_view::npos;
}

// Looks at no more than a fixed number of bytes, which is what keeps the whole linear.
bool is_key(const Format& format, std::string_view text) {
  if (!text.starts_with(format.begin)) return false;
  text.remove_prefix(format.begin.size());
  if (format.least == 0) return is_private_key(text);
  if (text.size() < format.least) return false;
  const std::string_view needed = text.substr(0, format.least);
  return std::all_of(needed.begin(), needed.end(),
                     [&](char c) { return among(c, format.letters); });
}

const Format* key_at(std::string_view text, std::size_t at) {
  if (at + 1 == text.size()) return nullptr;
  const bool within_word = at > 0 && among(text[at - 1], Letters::alphanumeric);
  for (const Format& format : formats) {
    if (format.begin[0] != text[at] || format.begin[1] != text[at + 1]) continue;
    // A short beginning also occurs by chance, in the middle of base64.
    if (within_word && format.begin.size() <= 4) continue;
    if (is_key(format, text.substr(at))) return &format;
  }
  return nullptr;
}

}  // namespace

std::optional<FoundSecret> find_secret(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!first_bytes[static_cast<unsigned char>(text[at])]) continue;
    const Format* format = key_at(text, at);
    if (format == nullptr) continue;
    const std::string_view before = text.substr(0, at);
    const auto breaks = std::count(before.begin(), before.end(), '\n');
    return FoundSecret{static_cast<std::size_t>(breaks) + 1, format->what};
  }
  return std::nullopt;
}

}  // namespace catalog
