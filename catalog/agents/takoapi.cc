#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/agent_lists.h"
#include "catalog/agents/agent_search.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/card_fetch.h"
#include "catalog/agents/direct_agent.h"
#include "catalog/agents/directory.h"
#include "catalog/agents/directory_lookup.h"
#include "catalog/agents/takoapi_gateway.h"
#include "catalog/agents/takoapi_rows.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"

namespace catalog {
namespace {

using std::chrono::milliseconds;

constexpr Clocks lookup_clocks{milliseconds{10'000}, milliseconds{15'000}, milliseconds{15'000},
                               milliseconds{30'000}};
constexpr std::size_t max_list_bytes = std::size_t{16} << 20;
constexpr const char* add_by_card = "add the agent by its card, with its key, to the configuration";

std::string registry_path(std::string_view kind) {
  const char* filter = kind == "project" ? "&kind=PROJECT" : kind == "any" ? "" : "&kind=HOSTED";
  return fmt::format("/api/registry?format=json{}&limit=1000", filter);
}

class Takoapi final : public Directory {
 public:
  Takoapi(DirectorySettings settings, Transfers& transfers)
      : settings_(std::move(settings)),
        base_url_(without_trailing_slash(settings_.base_url)),
        transfers_(transfers) {
    const auto url = parse_url(settings_.base_url);
    public_only_ = !url || !is_loopback(url->host);
    if (!settings_.pins.recall || !settings_.pins.keep) settings_.pins = memory_pins();
  }

  const std::string& name() const override { return settings_.name; }
  AgentMatches agents(const AgentQuery& query, std::stop_token stop) override;
  AgentDetail agent(std::string_view slug, std::stop_token stop) override;
  Answer invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;
  Answer follow(const AgentTask& task, const Patience& patience, const Listener& listener,
                std::stop_token stop) override;
  Answer answer(const AgentTask& task, const Prompt& prompt, const Listener& listener,
                std::stop_token stop) override;
  TaskState cancel(const AgentTask& task, std::stop_token stop) override;

 private:
  Response get(const std::string& path, std::stop_token stop);
  TakoapiPage page(const std::string& path, std::stop_token stop);
  TakoapiPage pages_of(const std::string& scenario, std::stop_token stop);
  AgentLists::Known list(std::string_view kind, const std::string& scenario, std::stop_token stop);
  Agent lookup(std::string_view slug, std::stop_token stop);
  Agent known_or_lookup(std::string_view slug, std::stop_token stop);
  [[noreturn]] void fail_unknown(std::string_view slug, std::stop_token stop);
  void add_its_card(AgentDetail& detail, std::stop_token stop);
  void judge(AgentDetail& detail) const;
  std::string no_key() const;
  void require_key() const;
  A2aCall behind(const AgentTask& task) const;
  Answer call_directly(const Agent& agent, const Prompt& prompt, const Listener& listener,
                       std::stop_token stop);

  DirectorySettings settings_;  // not changed once it is made
  const std::string base_url_;
  Transfers& transfers_;
  bool public_only_ = true;  // cards and endpoints that strangers wrote into the directory
  AgentLists lists_;
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

AgentLists::Known Takoapi::list(std::string_view kind, const std::string& scenario,
                                std::stop_token stop) {
  const std::string path = scenario.empty() ? registry_path(kind) : "scenario " + scenario;
  return lists_.fresh(path, [&] {
    TakoapiPage found = scenario.empty() ? page(path, stop) : pages_of(scenario, stop);
    AgentList list;
    list.agents = std::move(found.agents);
    list.truncated = found.truncated;
    return list;
  });
}

AgentMatches Takoapi::agents(const AgentQuery& query, std::stop_token stop) {
  return matching(list(query.kind, lower_case(query.scenario), std::move(stop)), query);
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
    const auto known = lists_.at_most_as_old_as(list_fresh_for, registry_path(kind));
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

void Takoapi::add_its_card(AgentDetail& detail, std::stop_token stop) {
  if (detail.agent.card_url.empty()) {
    detail.card_problem = "the directory names no card for it";
    return;
  }
  add_card(detail, [&] {
    return fetch_card(detail.agent.card_url, nullptr, transfers_, stop, public_only_).card;
  });
  if (!detail.card) return;
  detail.card_changes =
      card_changes(settings_.pins, name() + "/" + detail.agent.slug, *detail.card);
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
  if (detail.agent.kind != "project") add_its_card(detail, stop);
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
  if (found.card.security_required) {
    UpstreamError error(Kind::unsupported, fmt::format("{}, and its card requires credentials ({})",
                                                       why, fmt::join(found.card.security, ", ")));
    error.advice = add_by_card;
    throw error;
  }
  A2aCall call = direct_call(name(), agent.slug, found.card);
  call.public_addresses_only = public_only_;
  if (is_free(agent.price)) call.price = agent.price;  // the directory's price is for its gateway
  return call_agent(call, prompt, listener, transfers_, versions_, stop);
}

void Takoapi::require_key() const {
  if (!settings_.credential.secret.empty()) return;
  throw Refused(Kind::unauthorized, fmt::format("there is no key for the directory \"{}\"", name()),
                no_key());
}

Answer Takoapi::invoke(std::string_view slug, const Prompt& prompt, const Listener& listener,
                       std::stop_token stop) {
  refuse_model_arguments(prompt);
  const Agent agent = known_or_lookup(slug, stop);
  if (agent.kind == "project") {
    throw Refused(Kind::unsupported, "a project is a repository, found here but not callable",
                  "see " + agent.web_url);
  }
  require_key();
  const TakoapiCall call{agent_target(name(), agent.slug),
                         base_url_,
                         settings_.credential,
                         settings_.key_source,
                         agent,
                         public_only_};
  if (auto answer = call_through_takoapi(call, prompt, nullptr, listener, transfers_, stop)) {
    return std::move(*answer);
  }
  return call_directly(agent, prompt, listener, stop);
}

// The agent itself, which may want credentials that the gateway has and we have not.
A2aCall Takoapi::behind(const AgentTask& task) const {
  if (task.endpoint.empty()) {
    throw Refused(
        Kind::unsupported,
        "the gateway has no way to ask for a task or to cancel it, and the directory names "
        "no endpoint of the agent's own",
        add_by_card);
  }
  A2aCall call = task_call(task);
  call.public_addresses_only = public_only_;
  return call;
}

// What a route cannot do is said plainly.
void explain_closed(const AgentTask& task, UpstreamError& error) {
  const bool closed = error.kind == Kind::unauthorized || error.kind == Kind::forbidden;
  if (task.route != "gateway" || !closed) return;
  error.advice = fmt::format(
      "the gateway has no way to ask for a task, and the agent itself wants credentials: {}",
      add_by_card);
}

Answer Takoapi::follow(const AgentTask& task, const Patience& patience, const Listener& listener,
                       std::stop_token stop) try {
  return follow_task(behind(task), task, patience, listener, transfers_, std::move(stop));
} catch (UpstreamError& error) {
  explain_closed(task, error);
  throw;
}

Answer Takoapi::answer(const AgentTask& task, const Prompt& prompt, const Listener& listener,
                       std::stop_token stop) {
  if (task.route != "gateway") {
    return answer_task(behind(task), task, prompt, listener, transfers_, std::move(stop));
  }
  refuse_model_arguments(prompt);
  require_key();
  const Agent agent = known_or_lookup(task.slug, stop);
  const TakoapiCall call{agent_target(name(), agent.slug),
                         base_url_,
                         settings_.credential,
                         settings_.key_source,
                         agent,
                         public_only_};
  if (auto said = call_through_takoapi(call, prompt, &task, listener, transfers_, stop)) {
    return std::move(*said);
  }
  throw UpstreamError(Kind::unsupported,
                      fmt::format("{} does not speak A2A 0.3 any more, which is all the gateway "
                                  "speaks; start a new task",
                                  call.who));
}

TaskState Takoapi::cancel(const AgentTask& task, std::stop_token stop) try {
  return cancel_task(behind(task), task, transfers_, std::move(stop));
} catch (UpstreamError& error) {
  explain_closed(task, error);
  throw;
}

}  // namespace

std::unique_ptr<Directory> make_takoapi(DirectorySettings settings, Transfers& transfers) {
  return std::make_unique<Takoapi>(std::move(settings), transfers);
}

}  // namespace catalog
