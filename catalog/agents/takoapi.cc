#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/agent_search.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/card_fetch.h"
#include "catalog/agents/directory.h"
#include "catalog/agents/takoapi_gateway.h"
#include "catalog/agents/takoapi_rows.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"

namespace catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr Clocks lookup_clocks{milliseconds{10'000}, milliseconds{15'000}, milliseconds{15'000},
                               milliseconds{30'000}};
constexpr std::size_t max_list_bytes = std::size_t{16} << 20;
constexpr auto fresh_for = std::chrono::seconds(60);
constexpr auto stale_for = std::chrono::hours(1);  // when the directory cannot be reached
constexpr std::size_t max_lists = 64;

// The lists that were fetched, by the path they were asked with.
class Lists {
 public:
  using Known = std::shared_ptr<const AgentList>;

  Known at_most_as_old_as(steady_clock::duration age, const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = lists_.find(path);
    const bool young = found != lists_.end() && steady_clock::now() - found->second.at <= age;
    return young ? found->second.list : nullptr;
  }

  void keep(const std::string& path, Known list) {
    const std::lock_guard lock(mutex_);
    if (lists_.size() >= max_lists) lists_.clear();  // scenarios are the caller's words
    lists_[path] = {std::move(list), steady_clock::now()};
  }

 private:
  struct Fetched {
    Known list;
    steady_clock::time_point at;
  };

  mutable std::mutex mutex_;  // guards lists_
  std::map<std::string, Fetched> lists_;
};

std::string registry_path(std::string_view kind) {
  const char* filter = kind == "project" ? "&kind=PROJECT" : kind == "any" ? "" : "&kind=HOSTED";
  return fmt::format("/api/registry?format=json{}&limit=1000", filter);
}

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

class Takoapi final : public Directory {
 public:
  Takoapi(DirectorySettings settings, Transfers& transfers)
      : settings_(std::move(settings)),
        base_url_(without_trailing_slash(settings_.base_url)),
        transfers_(transfers) {
    const auto url = parse_url(settings_.base_url);
    public_only_ = !url || !is_loopback(url->host);
  }

  const std::string& name() const override { return settings_.name; }
  AgentList agents(const AgentQuery& query, std::stop_token stop) override;
  AgentDetail agent(std::string_view slug, std::stop_token stop) override;
  Answer invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;

 private:
  Response get(const std::string& path, std::stop_token stop);
  TakoapiPage page(const std::string& path, std::stop_token stop);
  TakoapiPage pages_of(const std::string& scenario, std::stop_token stop);
  Lists::Known list(std::string_view kind, const std::string& scenario, std::stop_token stop);
  Agent lookup(std::string_view slug, std::stop_token stop);
  Agent known_or_lookup(std::string_view slug, std::stop_token stop);
  [[noreturn]] void fail_unknown(std::string_view slug, std::stop_token stop);
  void add_card(AgentDetail& detail, std::stop_token stop);
  void judge(AgentDetail& detail) const;
  std::string no_key() const;
  Answer call_directly(const Agent& agent, const Prompt& prompt, const Listener& listener,
                       std::stop_token stop);

  const DirectorySettings settings_;
  const std::string base_url_;
  Transfers& transfers_;
  bool public_only_ = true;  // cards and endpoints that strangers wrote into the directory
  Lists lists_;
  SpokenVersions versions_;
};

// Lookups need no key, so none is sent.
Response Takoapi::get(const std::string& path, std::stop_token stop) {
  Exchange exchange;
  exchange.url = base_url_ + path;
  exchange.headers = {"Accept: application/json"};
  exchange.max_bytes = max_list_bytes;
  exchange.clocks = lookup_clocks;
  exchange.compressed = true;
  return transfers_.perform(exchange, stop);
}

TakoapiPage Takoapi::page(const std::string& path, std::stop_token stop) {
  const Response response = get(path, stop);
  if (response.head.status != 200) throw http_error(name(), response.head, response.body);
  auto decoded = decode_takoapi_page(response.body, name(), base_url_);
  if (!decoded) {
    throw UpstreamError(
        Kind::malformed,
        fmt::format("{} answered with something that is not a list of agents", name()));
  }
  return std::move(*decoded);
}

// Only the web listing filters by scenario; it comes in pages.
TakoapiPage Takoapi::pages_of(const std::string& scenario, std::stop_token stop) {
  TakoapiPage all;
  for (int number = 1; number <= all.pages; ++number) {
    TakoapiPage one = page(
        fmt::format("/api/agents?scenario={}&limit=100&page={}", percent_encoded(scenario), number),
        stop);
    if (one.agents.empty()) break;
    for (Agent& agent : one.agents) {
      if (agent.scenarios.empty()) agent.scenarios.push_back(scenario);
      all.agents.push_back(std::move(agent));
    }
    all.pages = one.pages;
    all.truncated = one.truncated;
  }
  return all;
}

Lists::Known Takoapi::list(std::string_view kind, const std::string& scenario,
                           std::stop_token stop) {
  const std::string path = scenario.empty() ? registry_path(kind) : "scenario " + scenario;
  if (auto known = lists_.at_most_as_old_as(fresh_for, path)) return known;
  try {
    TakoapiPage found = scenario.empty() ? page(path, stop) : pages_of(scenario, stop);
    auto list = std::make_shared<AgentList>();
    list->agents = std::move(found.agents);
    list->truncated = found.truncated;
    list->as_of = std::chrono::system_clock::now();
    lists_.keep(path, list);
    return list;
  } catch (const UpstreamError&) {
    if (auto old = lists_.at_most_as_old_as(stale_for, path)) return old;  // `as_of` tells its age
    throw;
  }
}

AgentList Takoapi::agents(const AgentQuery& query, std::stop_token stop) {
  const Lists::Known all = list(query.kind, lower_case(query.scenario), stop);
  AgentList found;
  found.agents = matching(all->agents, query);
  found.as_of = all->as_of;
  found.truncated = all->truncated;
  return found;
}

Agent Takoapi::lookup(std::string_view slug, std::stop_token stop) {
  const Response response = get("/api/agents/" + percent_encoded(slug), stop);
  if (response.head.status == 404) fail_unknown(slug, stop);
  if (response.head.status != 200) throw http_error(name(), response.head, response.body);
  const auto row = parse_bounded(response.body);
  auto agent = row ? decode_takoapi_agent(*row, name(), base_url_) : std::nullopt;
  if (!agent || agent->slug != slug) {
    throw UpstreamError(Kind::malformed,
                        fmt::format("{} answered with something that is not this agent", name()));
  }
  return std::move(*agent);
}

// The nearest slugs are a service; the error comes without them when the list cannot be had.
void Takoapi::fail_unknown(std::string_view slug, std::stop_token stop) {
  std::vector<Agent> known;
  try {
    known = list("any", "", stop)->agents;
  } catch (const UpstreamError&) {
  }
  UpstreamError error = unknown_agent(name(), slug, known);
  error.status = 404;
  throw error;
}

Agent Takoapi::known_or_lookup(std::string_view slug, std::stop_token stop) {
  for (const char* kind : {"hosted", "any"}) {
    const auto known = lists_.at_most_as_old_as(fresh_for, registry_path(kind));
    if (!known) continue;
    for (const Agent& agent : known->agents) {
      if (agent.slug == slug) return agent;
    }
  }
  return lookup(slug, stop);
}

std::string Takoapi::no_key() const {
  const std::string source = settings_.key_source.empty() ? "TAKO_KEY" : settings_.key_source;
  return fmt::format("set {} to a key of {} (lookups work without one)", source, base_url_);
}

void Takoapi::add_card(AgentDetail& detail, std::stop_token stop) {
  if (detail.agent.card_url.empty()) {
    detail.card_problem = "the directory names no card for it";
    return;
  }
  try {
    detail.card = fetch_card(detail.agent.card_url, nullptr, transfers_, stop, public_only_).card;
  } catch (const UpstreamError& error) {
    detail.card_problem = error.what_happened;
  } catch (const Refused& refused) {
    detail.card_problem = refused.what_happened;
  }
}

void Takoapi::judge(AgentDetail& detail) const {
  if (detail.agent.kind == "project") {
    detail.why_not =
        "a project is a repository, found here but not callable: " + detail.agent.web_url;
    return;
  }
  detail.route = "gateway";
  if (settings_.credential.secret.empty()) {
    detail.why_not = "no key: " + no_key();
    return;
  }
  const bool only_1_0 =
      detail.card && choose_interface(*detail.card).interface && !speaks_0_3(*detail.card);
  if (only_1_0) detail.route = "direct";  // the gateway speaks 0.3; it is asked first all the same
  detail.callable = !only_1_0 || !detail.card->security_required;
  if (!detail.callable) {
    detail.why_not = "it speaks A2A 1.0, the gateway 0.3, and its card requires credentials (" +
                     fmt::format("{}", fmt::join(detail.card->security, ", ")) + ")";
  }
}

AgentDetail Takoapi::agent(std::string_view slug, std::stop_token stop) {
  AgentDetail detail;
  detail.agent = lookup(slug, stop);
  if (detail.agent.kind != "project") add_card(detail, stop);
  if (detail.card && detail.agent.skills.empty()) detail.agent.skills = detail.card->skills;
  judge(detail);
  return detail;
}

// For agents that do not speak what the gateway speaks. The directory's key stays behind.
Answer Takoapi::call_directly(const Agent& agent, const Prompt& prompt, const Listener& listener,
                              std::stop_token stop) {
  const std::string why = fmt::format("{} does not speak A2A 0.3, which is all the gateway speaks",
                                      agent_target(name(), agent.slug));
  if (agent.card_url.empty()) {
    throw UpstreamError(Kind::unsupported, why + ", and the directory names no card for it");
  }
  const FetchedCard found = fetch_card(agent.card_url, nullptr, transfers_, stop, public_only_);
  const ChosenInterface chosen = choose_interface(found.card);
  if (!chosen.interface) throw UpstreamError(Kind::unsupported, why + "; " + chosen.why_not);
  if (found.card.security_required) {
    UpstreamError error(Kind::unsupported, fmt::format("{}, and its card requires credentials ({})",
                                                       why, fmt::join(found.card.security, ", ")));
    error.advice = "add the agent by its card, with its key, to the configuration";
    throw error;
  }
  A2aCall call;
  call.who = agent_target(name(), agent.slug);
  call.name = found.card.name;
  call.interface = *chosen.interface;
  call.version = chosen.version;
  call.streaming = found.card.streaming;
  call.public_addresses_only = public_only_;
  if (is_free(agent.price)) call.price = agent.price;  // the directory's price is for its gateway
  return call_agent(call, prompt, listener, transfers_, versions_, stop);
}

Answer Takoapi::invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                       std::stop_token stop) {
  refuse_model_arguments(prompt);
  const Agent agent = known_or_lookup(slug, stop);
  if (agent.kind == "project") {
    throw Refused(Kind::unsupported, "a project is a repository, found here but not callable",
                  "see " + agent.web_url);
  }
  if (settings_.credential.secret.empty()) {
    throw Refused(Kind::unauthorized,
                  fmt::format("there is no key for the directory \"{}\"", name()), no_key());
  }
  const TakoapiCall call{agent_target(name(), agent.slug), base_url_, settings_.credential,
                         settings_.key_source, agent};
  if (auto answer = call_through_takoapi(call, prompt, listener, transfers_, stop)) {
    return std::move(*answer);
  }
  return call_directly(agent, prompt, listener, stop);
}

}  // namespace

std::unique_ptr<Directory> make_takoapi(DirectorySettings settings, Transfers& transfers) {
  return std::make_unique<Takoapi>(std::move(settings), transfers);
}

}  // namespace catalog
