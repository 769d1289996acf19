#include "tools/gateways_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tools/config_text.h"

namespace tools {
namespace {

using nlohmann::json;

// A ":" ends a gateway's name in a target.
void check_gateway_name(const std::string& name, const std::string& where) {
  for (const char* taken : {"agent", "sandbox"}) {
    if (name == taken) refuse_member(where, "another name: this one is taken");
  }
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (name.empty() || !plain) {
    refuse_member(where, "a name of letters, digits, \"-\", \"_\" and \".\"");
  }
}

catalog::Dialect read_dialect(const json& entry, const std::string& where) {
  const std::string kind = text_member(entry, "kind", where);
  if (kind.empty() || kind == "openai") return catalog::Dialect::openai;
  if (kind == "openrouter") return catalog::Dialect::openrouter;
  refuse_member(where + ".kind", "openai or openrouter");
}

// A key that is asked for and not there is missed; a server on this machine mostly wants none.
bool wants_key(const json& entry) {
  return std::any_of(entry.items().begin(), entry.items().end(),
                     [](const auto& member) { return member.key().starts_with("key_"); });
}

catalog::GatewaySettings read_gateway(const std::string& name, const json& entry,
                                      const ReadKey& read_key) {
  const std::string where = "gateways." + name;
  check_gateway_name(name, where);
  check_members(entry, where, and_key({"url", "kind", "fallback", "header", "prefix"}));
  catalog::GatewaySettings gateway;
  gateway.name = name;
  gateway.target_prefix = name + ":";
  gateway.dialect = read_dialect(entry, where);
  gateway.base_url = without_trailing_slash(text_member(entry, "url", where));
  if (gateway.base_url.empty()) {
    refuse_member(where + ".url", "the URL of the gateway, with its /v1");
  }
  gateway.key_source = read_key(entry, where, gateway.base_url, gateway.credential);
  if (gateway.key_source.empty()) gateway.key_source = text_member(entry, "key_env", where);
  gateway.needs_key = wants_key(entry);
  return gateway;
}

// A fallback is another gateway that has none itself, so that they never go round in a circle.
void check_fallback(catalog::GatewaySettings& gateway, const Settings& settings) {
  if (gateway.fallback.empty()) return;
  const std::string where = fmt::format("gateways.{}.fallback", gateway.name);
  std::vector<const catalog::GatewaySettings*> all = {&settings.gateway};
  for (const auto& each : settings.gateways) all.push_back(&each);
  for (const catalog::GatewaySettings* other : all) {
    if (other->name != gateway.fallback || other == &gateway) continue;
    if (!other->fallback.empty()) refuse_member(where, "a gateway that has no fallback itself");
    gateway.retry_pace.most = 1;  // three attempts are enough, here and there together
    return;
  }
  refuse_member(where, "the name of another gateway");
}

}  // namespace

// The fallback is for the default gateway too, which is known by its name alone.
void read_gateways(const json& value, const ReadKey& read_key, Settings& settings) {
  if (!value.is_object()) refuse_member("gateways", R"(an object of name: {"url": …})");
  for (const auto& [name, entry] : value.items()) {
    if (!entry.is_object()) {
      refuse_member("gateways." + name, R"(an object like {"url": "http://127.0.0.1:8080/v1"})");
    }
    const bool is_default = name == settings.gateway.name;
    if (is_default) check_members(entry, "gateways." + name, {"fallback"});
    if (!is_default) settings.gateways.push_back(read_gateway(name, entry, read_key));
    catalog::GatewaySettings& gateway = is_default ? settings.gateway : settings.gateways.back();
    gateway.fallback = text_member(entry, "fallback", "gateways." + name);
  }
}

void check_fallbacks(Settings& settings) {
  check_fallback(settings.gateway, settings);
  for (catalog::GatewaySettings& gateway : settings.gateways) check_fallback(gateway, settings);
}

}  // namespace tools
