#include "catalog/catalog.h"

#include <fmt/format.h>

#include "catalog/clean_text.h"
#include "catalog/errors.h"
#include "catalog/models/model_query.h"

namespace catalog {
namespace {

constexpr std::string_view agent_prefix = "agent:";
constexpr std::size_t longest_target = 512;

// A named thing out of a list of owned ones, or nullptr.
template <class Named>
Named* find_named(const std::vector<std::unique_ptr<Named>>& list, std::string_view name) {
  for (const auto& each : list) {
    if (each->name() == name) return each.get();
  }
  return nullptr;
}

template <class Named>
Refused no_such(const std::vector<std::unique_ptr<Named>>& list, std::string_view name,
                std::string_view noun) {
  std::vector<std::string_view> names;
  for (const auto& each : list) names.push_back(each->name());
  return Refused(Kind::not_found, fmt::format("there is no {} named \"{}\"", noun, name),
                 fmt::format("Configured: {}.", fmt::join(names, ", ")));
}

template <class Named>
Named& named(const std::vector<std::unique_ptr<Named>>& list, std::string_view name,
             std::string_view noun) {
  if (name.empty() && !list.empty()) return *list.front();
  if (Named* found = find_named(list, name)) return *found;
  throw no_such(list, name, noun);
}

[[noreturn]] void refuse_empty(std::string_view target) {
  throw Refused(Kind::invalid_arguments, fmt::format("\"{}\" names nothing", target),
                "Give an id as list_models or list_agents shows it.");
}

// What would show as something else than it is, or as several lines, names nothing; nor does an
// essay. It is not repeated in the error.
void check_spelling(std::string_view target) {
  const bool plain = target.size() <= longest_target && clean_text(target) == target &&
                     target.find_first_of("\t\r\n") == std::string_view::npos;
  if (plain) return;
  throw Refused(Kind::invalid_arguments, "the target holds characters that no id has, or too many",
                "Give an id as list_models or list_agents shows it.");
}

// A "/" separates a directory from a slug, so one inside a slug is written "%2F".
std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (auto at = text.find(from); at != text.npos; at = text.find(from)) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return out.append(text);
}

std::string slug_decoded(std::string_view text) { return replaced(text, "%2F", "/"); }
std::string slug_encoded(std::string_view slug) { return replaced(slug, "/", "%2F"); }

}  // namespace

Catalog::Catalog(std::vector<std::unique_ptr<Gateway>> gateways,
                 std::vector<std::unique_ptr<Directory>> directories)
    : gateways_(std::move(gateways)), directories_(std::move(directories)) {}

Target Catalog::resolve(std::string_view target) const {
  if (target.substr(0, agent_prefix.size()) == agent_prefix) return resolve_agent(target);
  return resolve_model(target);
}

ModelTarget Catalog::resolve_model(std::string_view id) const {
  check_spelling(id);
  const auto colon = id.find(':');
  const std::string_view before = id.substr(0, colon);
  const bool may_name = colon != std::string_view::npos && before.find('/') == before.npos;
  if (Gateway* found = may_name ? find_named(gateways_, before) : nullptr) {
    if (colon + 1 == id.size()) refuse_empty(id);
    return {*found, std::string(id.substr(colon + 1))};
  }
  if (id.empty()) refuse_empty(id);
  return {gateway(""), std::string(id)};
}

std::string Catalog::no_such_gateway(const ModelTarget& target) const {
  const std::string_view before = std::string_view(target.id).substr(0, target.id.find(':'));
  const bool looks_like_one = before.size() < target.id.size() && before.find('/') == before.npos;
  const bool is_default = &target.gateway == gateways_.front().get();
  if (!looks_like_one || !is_default || find_named(gateways_, before) != nullptr) return {};
  const Refused refused = no_such(gateways_, before, "gateway");
  return fmt::format(" Also, {}. {}", refused.what_happened, refused.advice);
}

AgentTarget Catalog::resolve_agent(std::string_view id) const {
  check_spelling(id);
  std::string_view rest = id;
  if (rest.substr(0, agent_prefix.size()) == agent_prefix) rest.remove_prefix(agent_prefix.size());
  const auto slash = rest.find('/');
  if (rest.empty() || slash == 0 || slash + 1 == rest.size()) refuse_empty(id);
  if (slash == std::string_view::npos) return {directory(""), slug_decoded(rest)};
  return {directory(rest.substr(0, slash)), slug_decoded(rest.substr(slash + 1))};
}

std::string Catalog::target_of(const Gateway& gateway, std::string_view model_id) const {
  if (&gateway == gateways_.front().get()) return std::string(model_id);
  return fmt::format("{}:{}", gateway.name(), model_id);
}

std::string Catalog::target_of(const Directory& directory, std::string_view slug) const {
  const bool is_default = &directory == directories_.front().get();
  const std::string encoded = slug_encoded(slug);
  return is_default ? fmt::format("agent:{}", encoded)
                    : fmt::format("agent:{}/{}", directory.name(), encoded);
}

std::string Catalog::ledger_name(std::string_view target) const try {
  const Target found = resolve(target);
  if (const auto* agent = std::get_if<AgentTarget>(&found)) {
    return target_of(agent->directory, agent->slug);
  }
  const auto& model = std::get<ModelTarget>(found);
  const std::string_view base = base_id(model.id);  // "" of a bare "@preset/…"
  return target_of(model.gateway, base.empty() ? model.id : base);
} catch (const Refused&) {
  return std::string(target);
}

Gateway& Catalog::gateway(std::string_view name) const { return named(gateways_, name, "gateway"); }

Directory& Catalog::directory(std::string_view name) const {
  return named(directories_, name, "directory");
}

}  // namespace catalog
