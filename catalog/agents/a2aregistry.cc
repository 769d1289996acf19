// The community registry of A2A agents (a2aregistry.org, API "agents"): found there without a key,
// called at their own endpoints. A row is a card flattened, with what the registry knows of the
// agent's health beside it; the real card is fetched before anything is sent.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/agents/agent_lists.h"
#include "catalog/agents/agent_search.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/card_fetch.h"
#include "catalog/agents/direct_agent.h"
#include "catalog/agents/directory.h"
#include "catalog/agents/directory_lookup.h"
#include "catalog/errors.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr int page_size = 100;
constexpr int max_pages = 3;
constexpr std::size_t max_name = 200;
constexpr std::size_t max_url = 2048;

std::string health(const json& row) {
  const json* healthy = member(row, {"is_healthy"});
  if (healthy == nullptr || !healthy->is_boolean()) return {};
  if (!healthy->get<bool>()) return "down";
  // Cards often validate where nobody answers: only a task that passed says that somebody does.
  const json* task = member(row, {"task_conformance"});
  const json* passed = task == nullptr ? nullptr : member(*task, {"passed"});
  const bool failed = passed != nullptr && passed->is_boolean() && !passed->get<bool>();
  return failed ? "degraded" : "ok";
}

std::optional<Agent> decode_row(const json& row, const std::string& directory,
                                const Url& registry) {
  Agent agent;
  agent.slug = text_member(row, {"id"}, max_name);
  if (agent.slug.empty()) return std::nullopt;
  const std::string written = text_member(row, {"wellKnownURI", "well_known_uri"}, max_url);
  const auto card_url = parse_url(written);
  const AgentCard card = decode_card(row, card_url ? *card_url : registry);
  agent.directory = directory;
  agent.name = card.name.empty() ? agent.slug : card.name;
  agent.description = card.description;
  agent.protocols = {"A2A"};
  agent.skills = card.skills;
  agent.category = text_member(row, {"author"}, max_name);
  agent.health = health(row);
  agent.streaming = card.streaming;
  agent.card_url = card_url ? card_url->text : std::string();
  const ChosenInterface chosen = choose_interface(card);
  if (card_url && chosen.interface) agent.endpoint_url = chosen.interface->url;
  agent.web_url = card.documentation_url;
  return agent;
}

class A2aRegistry final : public DirectDirectory {
 public:
  A2aRegistry(DirectorySettings settings, Transfers& transfers)
      : DirectDirectory(settings.name, transfers, settings.pins),
        credential_(settings.credential),
        base_url_(without_trailing_slash(settings.base_url)) {
    const auto url = parse_url(base_url_);
    if (!url) throw Refused(Kind::invalid_arguments, "the registry's URL is not an http(s) URL");
    registry_ = *url;
    public_only_ = !is_loopback(url->host);
  }

  AgentMatches agents(const AgentQuery& query, std::stop_token stop) override;
  AgentDetail agent(std::string_view slug, std::stop_token stop) override;

 private:
  json ask(const std::string& path, std::stop_token stop);
  AgentList search(const std::string& path, std::stop_token stop);
  Agent lookup(std::string_view slug, std::stop_token stop);
  AgentCard card_of(const Agent& agent, std::stop_token stop);
  AgentCard card_to_call(std::string_view slug, std::stop_token stop) override;
  A2aCall completed(A2aCall call) const override;

  const Credential credential_;
  const std::string base_url_;
  Url registry_;
  bool public_only_ = true;  // cards and endpoints that strangers wrote into the registry
  AgentLists lists_;
};

json A2aRegistry::ask(const std::string& path, std::stop_token stop) {
  return ask_directory({name(), base_url_ + path, &credential_}, transfers(), std::move(stop));
}

AgentList A2aRegistry::search(const std::string& path, std::stop_token stop) {
  AgentList list;
  double total = 0;
  std::size_t rows_seen = 0;
  for (int page = 0; page < max_pages; ++page) {
    const json body =
        ask(fmt::format("{}&limit={}&offset={}", path, page_size, page * page_size), stop);
    const json* rows = body.is_array() ? &body : list_member(body, {"agents", "results"});
    if (rows == nullptr) {
      throw UpstreamError(
          Kind::malformed,
          fmt::format("{} answered with something that is not a list of agents", name()));
    }
    for (const json& row : *rows) {
      if (auto agent = decode_row(row, name(), registry_)) list.agents.push_back(std::move(*agent));
    }
    rows_seen += rows->size();
    total = number_member(body, {"total"}).value_or(0);
    if (rows->empty() || static_cast<double>(rows_seen) >= total) break;
  }
  list.truncated = total > static_cast<double>(rows_seen);
  return list;
}

// The registry holds more than is worth fetching, so it does the searching.
AgentMatches A2aRegistry::agents(const AgentQuery& query, std::stop_token stop) {
  const std::string path = fmt::format("/api/agents?search={}&skill={}",
                                       percent_encoded(query.query), percent_encoded(query.skill));
  auto all = lists_.fresh(path, [&] { return search(path, stop); });
  AgentQuery rest = query;
  rest.query.clear();
  rest.skill.clear();
  return matching(std::move(all), rest);
}

Agent A2aRegistry::lookup(std::string_view slug, std::stop_token stop) try {
  const json row = ask("/api/agents/" + percent_encoded(slug), std::move(stop));
  auto agent = decode_row(row, name(), registry_);
  if (!agent || agent->slug != slug) {
    throw UpstreamError(Kind::malformed,
                        fmt::format("{} answered with something that is not this agent", name()));
  }
  return std::move(*agent);
} catch (const UpstreamError& error) {
  // Its ids are no words: there are no nearest ones.
  if (error.status == 404 || error.status == 422) throw unknown_agent(name(), slug, {});
  throw;
}

AgentDetail A2aRegistry::agent(std::string_view slug, std::stop_token stop) {
  AgentDetail detail;
  detail.agent = lookup(slug, stop);
  add_card(detail, [&] { return card_of(detail.agent, stop); });
  judge_by_card(detail, {}, pins());
  return detail;
}

AgentCard A2aRegistry::card_of(const Agent& agent, std::stop_token stop) {
  return fetch_card(agent.card_url, nullptr, transfers(), std::move(stop), public_only_).card;
}

AgentCard A2aRegistry::card_to_call(std::string_view slug, std::stop_token stop) {
  return card_of(lookup(slug, stop), stop);
}

A2aCall A2aRegistry::completed(A2aCall call) const {
  call.public_addresses_only = public_only_;
  return call;
}

}  // namespace

std::unique_ptr<Directory> make_a2aregistry(DirectorySettings settings, Transfers& transfers) {
  return std::make_unique<A2aRegistry>(std::move(settings), transfers);
}

}  // namespace catalog
