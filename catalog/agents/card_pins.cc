#include "catalog/agents/card_pins.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_pins = 10'000;
constexpr std::size_t longest_shown = 200;

std::string interfaces_text(const AgentCard& card) {
  std::vector<std::string> lines;
  for (const AgentInterface& one : card.interfaces) {
    std::string line = fmt::format("{} {} {}", one.protocol_binding, one.protocol_version, one.url);
    if (!one.tenant.empty()) line += " tenant " + one.tenant;
    lines.push_back(std::move(line));
  }
  return fmt::format("{}", fmt::join(lines, ", "));
}

std::string security_text(const AgentCard& card) {
  return fmt::format("{}{}", fmt::join(card.security, ", "),
                     card.security_required ? " (required)" : "");
}

struct PinnedMember {
  const char* name;
  std::string (*text)(const AgentCard& card);
};

constexpr std::array<PinnedMember, 5> members = {{
    {"name", [](const AgentCard& card) { return card.name; }},
    {"provider", [](const AgentCard& card) { return card.provider; }},
    {"interfaces", interfaces_text},
    {"security", security_text},
    {"required extensions",
     [](const AgentCard& card) {
       return fmt::format("{}", fmt::join(card.required_extensions, ", "));
     }},
}};

struct Pins {
  std::mutex mutex;  // guards of_agent
  std::map<std::string, std::string> of_agent;
};

}  // namespace

PinStore memory_pins() {
  auto pins = std::make_shared<Pins>();
  PinStore store;
  store.recall = [pins](const std::string& agent) -> std::optional<std::string> {
    const std::lock_guard lock(pins->mutex);
    const auto found = pins->of_agent.find(agent);
    if (found == pins->of_agent.end()) return std::nullopt;
    return found->second;
  };
  store.keep = [pins](const std::string& agent, const std::string& pin) {
    const std::lock_guard lock(pins->mutex);
    if (pins->of_agent.size() < max_pins) pins->of_agent[agent] = pin;
  };
  return store;
}

std::string card_pin(const AgentCard& card) {
  json pin = json::object();
  for (const PinnedMember& member : members) pin[member.name] = member.text(card);
  return dumped(pin);
}

std::vector<std::string> card_changes(const PinStore& store, const std::string& agent,
                                      const AgentCard& card) {
  const auto kept = store.recall(agent);
  const auto pin = kept ? parse_bounded(*kept) : std::nullopt;
  if (!pin) {
    store.keep(agent, card_pin(card));
    return {};
  }
  std::vector<std::string> changes;
  for (const PinnedMember& member : members) {
    const std::string was = text_member(*pin, {member.name}, std::string::npos);
    const std::string is = member.text(card);
    if (was == is) continue;
    changes.push_back(fmt::format("{} was \"{}\", is \"{}\"", member.name,
                                  cut_text(was, longest_shown), cut_text(is, longest_shown)));
  }
  return changes;
}

}  // namespace catalog
