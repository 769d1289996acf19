// The agents behind a LiteLLM gateway (its "A2A agent gateway"): one key for all, cards and calls
// below the gateway's own address, every method of A2A passed on, so that tasks can be followed and
// cancelled through it.
#include <fmt/format.h>

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

constexpr std::size_t max_rows = 5'000;
constexpr std::size_t max_name = 200;

class Litellm final : public DirectDirectory {
 public:
  Litellm(DirectorySettings settings, Transfers& transfers)
      : DirectDirectory(settings.name, transfers, settings.pins),
        credential_(settings.credential),
        base_url_(without_trailing_slash(settings.base_url)) {}

  AgentMatches agents(const AgentQuery& query, std::stop_token stop) override;
  AgentDetail agent(std::string_view slug, std::stop_token stop) override;

 private:
  AgentLists::Known list(std::stop_token stop);
  AgentList fetch(std::stop_token stop);
  std::optional<Agent> decode_row(const json& row) const;
  std::string address(std::string_view slug) const;
  Agent known(std::string_view slug, std::stop_token stop);
  AgentCard at_gateway(const Agent& agent, AgentCard card) const;
  AgentCard card_of(const Agent& agent, std::stop_token stop);
  AgentCard card_to_call(std::string_view slug, std::stop_token stop) override;
  A2aCall completed(A2aCall call) const override;

  const Credential credential_;
  const std::string base_url_;
  AgentLists lists_;
};

std::string Litellm::address(std::string_view slug) const {
  return fmt::format("{}/a2a/{}", base_url_, percent_encoded(slug));
}

std::optional<Agent> Litellm::decode_row(const json& row) const {
  Agent agent;
  agent.slug = text_member(row, {"agent_name", "agent_id"}, max_name);
  if (agent.slug.empty() || agent.slug == "." || agent.slug == "..") return std::nullopt;
  static const json none = json::object();
  const json* written = member(row, {"agent_card_params", "agent_card"});
  const auto url = parse_url(address(agent.slug));
  const AgentCard card = decode_card(written != nullptr ? *written : none, url ? *url : Url{});
  agent.directory = name();
  agent.name = card.name.empty() ? agent.slug : card.name;
  agent.description = card.description;
  agent.protocols = {"A2A"};
  agent.skills = card.skills;
  agent.streaming = card.streaming;
  agent.card_url = address(agent.slug) + "/.well-known/agent-card.json";
  agent.endpoint_url = address(agent.slug);
  agent.web_url = card.documentation_url;
  return agent;
}

AgentList Litellm::fetch(std::stop_token stop) {
  const json body =
      ask_directory({name(), base_url_ + "/v1/agents", &credential_}, transfers(), std::move(stop));
  const json* rows = body.is_array() ? &body : list_member(body, {"agents", "data"});
  if (rows == nullptr) {
    throw UpstreamError(
        Kind::malformed,
        fmt::format("{} answered with something that is not a list of agents", name()));
  }
  AgentList list;
  for (const json& row : *rows) {
    if (list.agents.size() >= max_rows) break;
    if (auto agent = decode_row(row)) list.agents.push_back(std::move(*agent));
  }
  list.truncated = rows->size() > max_rows;
  return list;
}

AgentLists::Known Litellm::list(std::stop_token stop) {
  return lists_.fresh("", [&] { return fetch(stop); });
}

AgentMatches Litellm::agents(const AgentQuery& query, std::stop_token stop) {
  return matching(list(std::move(stop)), query);
}

Agent Litellm::known(std::string_view slug, std::stop_token stop) {
  const auto all = list(std::move(stop));
  for (const Agent& agent : all->agents) {
    if (agent.slug == slug) return agent;
  }
  throw unknown_agent(name(), slug, all->agents);
}

// Whatever address the card holds, the agent is called through the gateway, in the card's version.
AgentCard Litellm::at_gateway(const Agent& agent, AgentCard card) const {
  const ChosenInterface chosen = choose_interface(card);
  const std::string version =
      card.interfaces.empty() ? "0.3" : card.interfaces.front().protocol_version;
  const AgentInterface from = chosen.interface.value_or(AgentInterface{"", "", version, ""});
  card.interfaces = {{agent.endpoint_url, "JSONRPC", from.protocol_version, from.tenant}};
  return card;
}

AgentCard Litellm::card_of(const Agent& agent, std::stop_token stop) {
  const FetchedCard found =
      fetch_card(agent.card_url, &credential_, transfers(), std::move(stop), false);
  return at_gateway(agent, found.card);
}

AgentDetail Litellm::agent(std::string_view slug, std::stop_token stop) {
  AgentDetail detail;
  detail.agent = known(slug, stop);
  add_card(detail, [&] { return card_of(detail.agent, stop); });
  judge_by_card(detail, credential_, pins());
  detail.route = "gateway";
  return detail;
}

AgentCard Litellm::card_to_call(std::string_view slug, std::stop_token stop) {
  return card_of(known(slug, stop), stop);
}

A2aCall Litellm::completed(A2aCall call) const {
  call.credential = &credential_;
  call.public_addresses_only = false;  // the user named the gateway
  call.route = "gateway";
  return call;
}

}  // namespace

std::unique_ptr<Directory> make_litellm(DirectorySettings settings, Transfers& transfers) {
  return std::make_unique<Litellm>(std::move(settings), transfers);
}

}  // namespace catalog
