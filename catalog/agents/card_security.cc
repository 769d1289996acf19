#include "catalog/agents/card_security.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_schemes = 32;
constexpr std::size_t max_word = 128;

struct SchemeKind {
  std::string_view v1_member;  // 1.0, and the SDK's $case
  std::string_view v0_3_type;  // 0.3 `type`
};

constexpr std::array<SchemeKind, 5> scheme_kinds = {{
    {"apiKeySecurityScheme", "apiKey"},
    {"httpAuthSecurityScheme", "http"},
    {"oauth2SecurityScheme", "oauth2"},
    {"openIdConnectSecurityScheme", "openIdConnect"},
    {"mtlsSecurityScheme", "mutualTLS"},
}};

// A kind in 0.3's words, and the members that belong to it.
struct Scheme {
  std::string type;
  const json* members = nullptr;
};

std::string_view v0_3_type(std::string_view v1_member) {
  for (const SchemeKind& kind : scheme_kinds) {
    if (kind.v1_member == v1_member) return kind.v0_3_type;
  }
  return {};
}

Scheme scheme_of(const json& value) {
  if (const json* wrapped = member(value, {"scheme"}); wrapped != nullptr && wrapped->is_object()) {
    const json* members = member(*wrapped, {"value"});
    const std::string kind = text_member(*wrapped, {"$case"}, max_word);
    const std::string_view known = v0_3_type(kind);
    return {known.empty() ? kind : std::string(known), members};
  }
  if (value.is_object()) {
    for (const auto& [key, members] : value.items()) {
      if (!v0_3_type(key).empty()) return {std::string(v0_3_type(key)), &members};
    }
  }
  return {text_member(value, {"type"}, max_word), &value};
}

std::string readable(const Scheme& scheme) {
  static const json none = json::object();
  const json& members = scheme.members != nullptr ? *scheme.members : none;
  if (scheme.type == "apiKey") {
    return "apiKey " + text_member(members, {"location", "in"}, max_word) + " " +
           text_member(members, {"name"}, max_word);
  }
  if (scheme.type == "http") {
    return "http " + lower_case(text_member(members, {"scheme"}, max_word));
  }
  for (const SchemeKind& kind : scheme_kinds) {
    if (kind.v0_3_type == scheme.type) return scheme.type;
  }
  return "unsupported: " + (scheme.type.empty() ? "?" : scheme.type);
}

// 0.1 and 0.2: `authentication: {schemes: ["bearer"]}`.
std::string readable_old(const std::string& scheme, const json& authentication) {
  const std::string lower = lower_case(scheme);
  if (lower == "bearer" || lower == "basic") return "http " + lower;
  if (lower == "oauth2") return "oauth2";
  if (lower == "apikey" || lower == "api_key" || lower == "api-key") {
    const std::string header = text_member(authentication, {"apiKeyHeader", "header"}, max_word);
    return header.empty() ? "apiKey" : "apiKey header " + header;
  }
  return "unsupported: " + scheme;
}

void add_old_schemes(const json& card, std::vector<std::string>& schemes) {
  const json* authentication = member(card, {"authentication"});
  if (authentication == nullptr) return;
  const json* listed = list_member(*authentication, {"schemes"});
  if (listed == nullptr) return;
  for (const json& scheme : *listed) {
    if (schemes.size() >= max_schemes) return;
    if (!scheme.is_string()) continue;
    const std::string word = cut_text(scheme.get_ref<const std::string&>(), max_word);
    if (lower_case(word) != "none" && lower_case(word) != "public") {
      schemes.push_back(readable_old(word, *authentication));
    }
  }
}

// One alternative of the requirements that asks for nothing makes them all optional.
bool asks_for_nothing(const json& alternative) {
  if (const json* schemes = member(alternative, {"schemes"})) return schemes->empty();
  return alternative.empty();
}

}  // namespace

std::vector<std::string> security_schemes(const json& card) {
  std::vector<std::string> schemes;
  const json* declared = member(card, {"securitySchemes", "security_schemes"});
  if (declared != nullptr && declared->is_object()) {
    for (const auto& [name, scheme] : declared->items()) {
      if (schemes.size() >= max_schemes) break;
      schemes.push_back(readable(scheme_of(scheme)));
    }
  }
  if (schemes.empty()) add_old_schemes(card, schemes);
  return schemes;
}

bool security_required(const json& card) {
  const json* alternatives =
      list_member(card, {"securityRequirements", "security_requirements", "security"});
  if (alternatives != nullptr) {
    return !alternatives->empty() &&
           std::none_of(alternatives->begin(), alternatives->end(),
                        [](const json& a) { return asks_for_nothing(a); });
  }
  std::vector<std::string> old;
  add_old_schemes(card, old);
  return !old.empty();
}

}  // namespace catalog
