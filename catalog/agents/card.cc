#include "catalog/agents/card.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "catalog/agents/a2a_dialect.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/card_security.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_interfaces = 32;
constexpr std::size_t max_skills = 200;
constexpr std::size_t max_modes = 64;
constexpr std::size_t max_extensions = 32;
constexpr std::size_t max_name = 200;
constexpr std::size_t max_description = 4000;
constexpr std::size_t max_url = 2048;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> binding_names = {{
    {"", "JSONRPC"},
    {"jsonrpc", "JSONRPC"},
    {"json-rpc", "JSONRPC"},
    {"json_rpc", "JSONRPC"},
    {"jsonrpc2.0", "JSONRPC"},
    {"http+json", "HTTP+JSON"},
    {"http_json", "HTTP+JSON"},
    {"http-json", "HTTP+JSON"},
    {"rest", "HTTP+JSON"},
    {"http", "HTTP+JSON"},
    {"grpc", "GRPC"},
}};

std::string binding(const std::string& written) {
  const std::string lower = lower_case(written);
  for (const auto& [spelling, normal] : binding_names) {
    if (spelling == lower) return std::string(normal);
  }
  return written;
}

std::string normal_version(const std::string& written) {
  const auto version = a2a_version(written);
  return version ? std::string(name(*version)) : written;
}

bool is_this_machine(std::string_view host) {
  return is_loopback(host) || host.starts_with("127.") || host == "0.0.0.0" || host == "::";
}

bool is_link_local(std::string_view host) {
  return host.starts_with("169.254.") || host.starts_with("fe80:");
}

// Path and query.
std::string after_origin(const Url& url) {
  const auto slash = url.text.find('/', url.scheme.size() + 3);
  return slash == std::string::npos ? "/" : url.text.substr(slash);
}

// What a card's URL means to a caller elsewhere; "" when it must never be called.
std::string callable_url(const std::string& written, const Url& card_url) {
  if (written.empty()) return {};
  auto url = resolve_url(card_url, written);
  if (!url) return {};
  if (is_this_machine(url->host) && !is_this_machine(card_url.host)) {
    url = resolve_url(card_url, after_origin(*url));
    if (!url) return {};
  }
  if (is_link_local(url->host) && url->host != card_url.host) return {};
  const bool downgraded = url->scheme == "http" && url->port == 80 && url->host == card_url.host &&
                          card_url.scheme == "https" && card_url.port == 443;
  if (downgraded) url = resolve_url(card_url, after_origin(*url));
  return url ? url->text : std::string();
}

class Decoder {
 public:
  Decoder(const json& card, const Url& card_url) : card_(card), card_url_(card_url) {}

  AgentCard decoded();

 private:
  void add_interface(const json& entry, Names binding_name, const std::string& default_version);
  void add_interfaces();
  void add_old_interfaces();
  void add_capabilities();
  void add_skills();

  const json& card_;
  const Url& card_url_;
  AgentCard out_;
};

void Decoder::add_interface(const json& entry, Names binding_name,
                            const std::string& default_version) {
  if (out_.interfaces.size() >= max_interfaces) return;
  AgentInterface one;
  one.url = callable_url(text_member(entry, {"url"}, max_url), card_url_);
  if (one.url.empty()) return;
  one.protocol_binding = binding(text_member(entry, binding_name, max_name));
  one.protocol_version =
      normal_version(text_member(entry, {"protocolVersion", "protocol_version"}, 16));
  if (one.protocol_version.empty()) one.protocol_version = default_version;
  one.tenant = id_member(entry, {"tenant"});
  const bool another_tenant = one.tenant.empty() && !text_member(entry, {"tenant"}).empty();
  if (another_tenant) return;
  const bool known = std::any_of(
      out_.interfaces.begin(), out_.interfaces.end(), [&one](const AgentInterface& other) {
        return other.url == one.url && other.protocol_binding == one.protocol_binding &&
               other.protocol_version == one.protocol_version && other.tenant == one.tenant;
      });
  if (!known) out_.interfaces.push_back(std::move(one));
}

// 0.3 and before: one URL with its transport, then more of them.
void Decoder::add_old_interfaces() {
  add_interface(card_, {"preferredTransport", "preferred_transport"}, "0.3");
  const std::string version =
      normal_version(text_member(card_, {"protocolVersion", "protocol_version"}, 16));
  const json* more = list_member(card_, {"additionalInterfaces", "additional_interfaces"});
  if (more == nullptr) return;
  for (const json& entry : *more) {
    add_interface(entry, {"transport", "protocolBinding"}, version.empty() ? "0.3" : version);
  }
}

void Decoder::add_interfaces() {
  const json* listed =
      list_member(card_, {"supportedInterfaces", "supported_interfaces", "interfaces"});
  if (listed != nullptr) {
    for (const json& entry : *listed) {
      add_interface(entry, {"protocolBinding", "protocol_binding", "transport"}, "");
    }
  }
  const bool jsonrpc = std::any_of(out_.interfaces.begin(), out_.interfaces.end(),
                                   [](const auto& i) { return i.protocol_binding == "JSONRPC"; });
  if (!jsonrpc) add_old_interfaces();
}

void Decoder::add_capabilities() {
  out_.extended_card = flag_member(card_, {"supportsAuthenticatedExtendedCard"});
  const json* capabilities = member(card_, {"capabilities"});
  if (capabilities == nullptr) return;
  out_.streaming = flag_member(*capabilities, {"streaming"});
  out_.push_notifications = flag_member(*capabilities, {"pushNotifications", "push_notifications"});
  if (flag_member(*capabilities, {"extendedAgentCard", "extended_agent_card"})) {
    out_.extended_card = true;
  }
  const json* extensions = list_member(*capabilities, {"extensions"});
  if (extensions == nullptr) return;
  for (const json& extension : *extensions) {
    if (out_.required_extensions.size() >= max_extensions) return;
    if (!flag_member(extension, {"required"})) continue;
    out_.required_extensions.push_back(text_member(extension, {"uri"}, max_url));
  }
}

void Decoder::add_skills() {
  const json* skills = list_member(card_, {"skills"});
  if (skills == nullptr) return;
  for (const json& skill : *skills) {
    if (out_.skills.size() >= max_skills) return;
    AgentSkill one{text_member(skill, {"id"}, max_name), text_member(skill, {"name"}, max_name),
                   text_member(skill, {"description"}, max_description)};
    if (!one.id.empty() || !one.name.empty()) out_.skills.push_back(std::move(one));
  }
}

std::vector<std::string> modes(const json& card, Names names) {
  std::vector<std::string> out;
  const json* listed = list_member(card, names);
  if (listed == nullptr) return out;
  for (const json& mode : *listed) {
    if (out.size() >= max_modes) break;
    if (mode.is_string()) out.push_back(cut_text(mode.get_ref<const std::string&>(), max_name));
  }
  return out;
}

std::string provider(const json& card) {
  const json* value = member(card, {"provider"});
  if (value == nullptr) return {};
  if (value->is_string()) return cut_text(value->get_ref<const std::string&>(), max_name);
  return text_member(*value, {"organization", "name"}, max_name);
}

AgentCard Decoder::decoded() {
  out_.name = text_member(card_, {"name"}, max_name);
  out_.description = text_member(card_, {"description"}, max_description);
  out_.version = text_member(card_, {"version"}, max_name);
  out_.provider = provider(card_);
  out_.documentation_url = text_member(card_, {"documentationUrl", "documentation_url"}, max_url);
  add_interfaces();
  add_capabilities();
  out_.input_modes = modes(card_, {"defaultInputModes", "default_input_modes"});
  out_.output_modes = modes(card_, {"defaultOutputModes", "default_output_modes"});
  add_skills();
  out_.security = security_schemes(card_);
  out_.security_required = security_required(card_);
  const json* signatures = list_member(card_, {"signatures"});
  out_.is_signed = signatures != nullptr && !signatures->empty();
  return std::move(out_);
}

// The version to try with an interface; nothing when the card names one we do not speak.
std::optional<A2aVersion> version_of(const AgentInterface& one) {
  if (one.protocol_version.empty()) return A2aVersion::v1_0;  // the shape is 1.0's
  return a2a_version(one.protocol_version);
}

// 0.3 over plain HTTP is written differently by everybody: only where there is nothing else.
bool is_last_resort(const AgentInterface& one, A2aVersion version) {
  return one.protocol_binding != "JSONRPC" && version == A2aVersion::v0_3;
}

// Whether an interface that the card names later is to be preferred all the same.
bool is_better(const AgentInterface& one, A2aVersion version, const ChosenInterface& chosen) {
  if (is_last_resort(*chosen.interface, chosen.version)) return !is_last_resort(one, version);
  return one.url == chosen.interface->url &&
         one.protocol_binding == chosen.interface->protocol_binding &&
         version == A2aVersion::v1_0 && chosen.version != A2aVersion::v1_0;
}

std::string interfaces_in_words(const AgentCard& card) {
  std::string words;
  for (const AgentInterface& one : card.interfaces) {
    const std::string word = one.protocol_binding + " " + one.protocol_version;
    if (words.find(word) == std::string::npos) words += (words.empty() ? "" : ", ") + word;
  }
  return words;
}

}  // namespace

AgentCard decode_card(const json& card, const Url& card_url) {
  return Decoder(card, card_url).decoded();
}

bool looks_like_card(const json& document) {
  return document.is_object() && (!text_member(document, {"name"}).empty() ||
                                  member(document, {"url", "supportedInterfaces"}) != nullptr);
}

ChosenInterface choose_interface(const AgentCard& card) {
  ChosenInterface chosen;
  if (!card.required_extensions.empty()) {
    chosen.why_not = "its card requires the extension " + card.required_extensions.front() +
                     ", which is not spoken here";
    return chosen;
  }
  for (const AgentInterface& one : card.interfaces) {
    const auto version = version_of(one);
    if (!version || find_dialect(one.protocol_binding, *version) == nullptr) continue;
    if (!chosen.interface || is_better(one, *version, chosen)) {
      chosen.interface = one;
      chosen.version = *version;
    }
  }
  if (chosen.interface) return chosen;
  chosen.why_not = card.interfaces.empty()
                       ? "its card names no address that can be called"
                       : "its card offers only " + interfaces_in_words(card) +
                             "; A2A 1.0 and 0.3 over JSON-RPC and HTTP are spoken here";
  return chosen;
}

bool speaks_0_3(const AgentCard& card) {
  return std::any_of(card.interfaces.begin(), card.interfaces.end(), [](const auto& one) {
    return one.protocol_binding == "JSONRPC" && one.protocol_version == "0.3";
  });
}

}  // namespace catalog
