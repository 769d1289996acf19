#include "catalog/agents/takoapi_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_rows = 5'000;
constexpr std::size_t max_skills = 200;
constexpr std::size_t max_words = 32;
constexpr std::size_t max_name = 200;
constexpr std::size_t max_url = 2048;
constexpr int max_pages = 20;

std::vector<std::string> words(const json& row, Names names) {
  std::vector<std::string> out;
  const json* listed = list_member(row, names);
  if (listed == nullptr) return out;
  for (const json& word : *listed) {
    if (out.size() >= max_words) break;
    if (word.is_string()) out.push_back(cut_text(word.get_ref<const std::string&>(), max_name));
  }
  return out;
}

std::vector<AgentSkill> skills(const json& row) {
  std::vector<AgentSkill> out;
  const json* listed = list_member(row, {"skills"});
  if (listed == nullptr) return out;
  for (const json& skill : *listed) {
    if (out.size() >= max_skills) break;
    AgentSkill one{text_member(skill, {"skillKey", "id"}, max_name),
                   text_member(skill, {"name"}, max_name), text_member(skill, {"description"})};
    if (!one.id.empty() || !one.name.empty()) out.push_back(std::move(one));
  }
  return out;
}

AgentPrice price(const json& row) {
  AgentPrice out;
  const json* pricing = member(row, {"pricing"});
  const bool nested = pricing != nullptr && pricing->is_object();
  out.model =
      nested ? text_member(*pricing, {"model"}, 32) : text_member(row, {"pricingModel"}, 32);
  out.unit_usd =
      nested ? number_member(*pricing, {"unitUsd"}) : number_member(row, {"unitPriceUsd"});
  if (out.unit_usd && *out.unit_usd < 0) out.unit_usd.reset();
  return out;
}

std::string category(const json& row) {
  const json* value = member(row, {"category"});
  if (value == nullptr) return {};
  return value->is_string() ? cut_text(value->get_ref<const std::string&>(), max_name)
                            : text_member(*value, {"slug", "name"}, max_name);
}

// Projects are repositories. Where the kind is not said, what has a repository and no endpoint is
// one.
std::string kind(const json& row) {
  const std::string said = text_member(row, {"kind"}, 32);
  if (said == "PROJECT") return "project";
  if (said == "HOSTED") return "hosted";
  const json* invokable = member(row, {"invokable"});
  if (invokable != nullptr && invokable->is_boolean()) {
    return invokable->get<bool>() ? "hosted" : "project";
  }
  const bool repository = member(row, {"github", "githubUrl"}) != nullptr;
  return repository && member(row, {"endpoint", "endpointUrl"}) == nullptr ? "project" : "hosted";
}

std::string http_url(const json& row, Names names) {
  const auto url = parse_url(text_member(row, names, max_url));
  return url ? url->text : std::string();
}

std::string web_url(const json& row, const Agent& agent, std::string_view web_root) {
  if (agent.kind == "project") {
    const std::string repository = http_url(row, {"github", "githubUrl"});
    if (!repository.empty()) return repository;
  }
  const std::string page = http_url(row, {"url"});
  return page.empty() ? fmt::format("{}/agents/{}", web_root, percent_encoded(agent.slug)) : page;
}

}  // namespace

std::optional<Agent> decode_takoapi_agent(const json& row, std::string_view directory,
                                          std::string_view web_root) {
  Agent agent;
  agent.slug = text_member(row, {"slug"}, max_name);
  if (agent.slug.empty()) return std::nullopt;
  agent.directory = directory;
  agent.name = text_member(row, {"name"}, max_name);
  if (agent.name.empty()) agent.name = agent.slug;
  agent.description = text_member(row, {"description"});
  agent.kind = kind(row);
  agent.protocols = words(row, {"protocols"});
  agent.scenarios = words(row, {"scenarios"});
  agent.skills = skills(row);
  agent.category = category(row);
  agent.health = text_member(row, {"healthStatus"}, 32);
  if (agent.health == "healthy") agent.health = "ok";
  agent.streaming = flag_member(row, {"streaming"});
  agent.price = price(row);
  agent.card_url = http_url(row, {"agentCard", "cardUrl"});
  agent.endpoint_url = http_url(row, {"endpoint", "endpointUrl"});
  agent.web_url = web_url(row, agent, web_root);
  return agent;
}

std::optional<TakoapiPage> decode_takoapi_page(std::string_view body, std::string_view directory,
                                               std::string_view web_root) {
  const auto document = parse_bounded(body);
  if (!document) return std::nullopt;
  const json* rows =
      document->is_array() ? &*document : list_member(*document, {"agents", "data", "results"});
  if (rows == nullptr) return std::nullopt;
  TakoapiPage page;
  for (const json& row : *rows) {
    if (page.agents.size() >= max_rows) break;
    if (auto agent = decode_takoapi_agent(row, directory, web_root)) {
      page.agents.push_back(std::move(*agent));
    }
  }
  const double total = number_member(*document, {"total"}).value_or(0);
  page.truncated = flag_member(*document, {"truncated"}) || page.agents.size() >= max_rows ||
                   total > static_cast<double>(rows->size());
  if (const json* pagination = member(*document, {"pagination"})) {
    const double pages = number_member(*pagination, {"totalPages"}).value_or(1);
    page.pages = static_cast<int>(std::clamp(pages, 1.0, static_cast<double>(max_pages)));
    page.truncated = pages > max_pages;
  }
  return page;
}

}  // namespace catalog
