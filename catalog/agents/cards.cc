#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/agent_search.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/card_fetch.h"
#include "catalog/agents/direct_agent.h"
#include "catalog/agents/directory.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"

namespace catalog {
namespace {

using std::chrono::steady_clock;

constexpr auto card_fresh_for = std::chrono::minutes(5);
constexpr auto problem_fresh_for = std::chrono::seconds(15);
constexpr std::size_t most_at_once = 16;  // cards fetched for a listing

// What fetching a card came to.
struct CardTry {
  std::optional<FetchedCard> found;
  std::optional<UpstreamError> problem;
  steady_clock::time_point at = steady_clock::now();
};

// A credential that was given no origin belongs to the card's.
std::vector<CardEntry> bound(std::vector<CardEntry> entries) {
  for (CardEntry& entry : entries) {
    const auto url = parse_url(entry.card_url);
    if (entry.credential.origin.empty() && url) entry.credential.origin = url->origin();
  }
  return entries;
}

class Cards final : public DirectDirectory {
 public:
  Cards(std::string name, std::vector<CardEntry> entries, Transfers& transfers, PinStore pins)
      : DirectDirectory(std::move(name), transfers, std::move(pins)),
        entries_(bound(std::move(entries))) {}

  AgentMatches agents(const AgentQuery& query, std::stop_token stop) override;
  AgentDetail agent(std::string_view slug, std::stop_token stop) override;

 private:
  using Tried = std::shared_ptr<const CardTry>;

  const CardEntry& entry(std::string_view slug) const;
  Tried remembered(const CardEntry& entry) const;
  Tried card_of(const CardEntry& entry, std::stop_token stop);
  void take_extended_card(const CardEntry& entry, FetchedCard& found, std::stop_token stop);
  Agent row(const CardEntry& entry, const CardTry& tried) const;
  std::vector<Tried> all_cards(const std::stop_token& stop);
  AgentCard card_to_call(std::string_view slug, std::stop_token stop) override;
  A2aCall completed(A2aCall call) const override;

  const std::vector<CardEntry> entries_;
  mutable std::mutex mutex_;  // guards cards_
  std::map<std::string, Tried> cards_;
};

const CardEntry& Cards::entry(std::string_view slug) const {
  std::vector<Agent> known;
  for (const CardEntry& one : entries_) {
    if (one.slug == slug) return one;
    known.emplace_back().slug = one.slug;
  }
  throw unknown_agent(name(), slug, known);
}

Cards::Tried Cards::remembered(const CardEntry& entry) const {
  const std::lock_guard lock(mutex_);
  const auto known = cards_.find(entry.slug);
  if (known == cards_.end()) return nullptr;
  const auto age = steady_clock::now() - known->second->at;
  const bool fresh = known->second->found ? age <= card_fresh_for : age <= problem_fresh_for;
  return fresh ? known->second : nullptr;
}

// The user named the card, so it may lie on this machine or in the private network.
Cards::Tried Cards::card_of(const CardEntry& entry, std::stop_token stop) {
  if (auto known = remembered(entry)) return known;
  auto tried = std::make_shared<CardTry>();
  try {
    tried->found = fetch_card(entry.card_url, &entry.credential, transfers(), stop, false);
    take_extended_card(entry, *tried->found, stop);
  } catch (const UpstreamError& error) {
    tried->problem = error;
  } catch (const Refused& refused) {
    tried->problem = UpstreamError(refused.kind, refused.what_happened);
    tried->problem->advice = refused.advice;
  }
  tried->at = steady_clock::now();
  const std::lock_guard lock(mutex_);
  return cards_[entry.slug] = tried;
}

Agent Cards::row(const CardEntry& entry, const CardTry& tried) const {
  Agent agent;
  agent.slug = entry.slug;
  agent.directory = name();
  agent.name = entry.slug;
  agent.protocols = {"A2A"};
  agent.card_url = entry.card_url;
  if (!tried.found) {
    agent.description = "its card could not be had: " + tried.problem->what_happened;
    return agent;
  }
  const AgentCard& card = tried.found->card;
  if (!card.name.empty()) agent.name = card.name;
  agent.description = card.description;
  agent.skills = card.skills;
  agent.streaming = card.streaming;
  agent.web_url = card.documentation_url;
  const ChosenInterface chosen = choose_interface(card);
  if (chosen.interface) agent.endpoint_url = chosen.interface->url;
  return agent;
}

// At the same time, so that a dead card holds nobody longer than its own clock.
std::vector<Cards::Tried> Cards::all_cards(const std::stop_token& stop) {
  std::vector<Tried> cards(entries_.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> cancelled = false;
  const auto fetch = [&] {
    try {
      for (auto at = next++; at < cards.size(); at = next++)
        cards[at] = card_of(entries_[at], stop);
    } catch (const Cancelled&) {
      cancelled = true;
    }
  };
  std::size_t unknown = 0;
  for (const CardEntry& entry : entries_) unknown += remembered(entry) == nullptr ? 1 : 0;
  {
    std::vector<std::jthread> others;  // joined here, and not needed for what is remembered
    while (others.size() + 1 < std::min(unknown, most_at_once)) others.emplace_back(fetch);
    fetch();
  }
  if (cancelled) throw Cancelled();
  return cards;
}

AgentMatches Cards::agents(const AgentQuery& query, std::stop_token stop) {
  const std::vector<Tried> cards = all_cards(stop);
  auto list = std::make_shared<AgentList>();
  list->as_of = std::chrono::system_clock::now();
  for (std::size_t at = 0; at < cards.size(); ++at) {
    list->agents.push_back(row(entries_[at], *cards[at]));
  }
  return matching(std::move(list), query);
}

AgentDetail Cards::agent(std::string_view slug, std::stop_token stop) {
  const CardEntry& named = entry(slug);
  const Tried tried = card_of(named, stop);
  AgentDetail detail;
  detail.agent = row(named, *tried);
  if (tried->found) detail.card = tried->found->card;
  if (tried->problem) detail.card_problem = tried->problem->what_happened;
  judge_by_card(detail, named.credential, pins());
  return detail;
}

// A card may lead to a private address only on the host that the user named, or from this machine.
bool must_be_public(const AgentInterface& interface, const CardEntry& entry) {
  const auto named = parse_url(entry.card_url);
  const auto endpoint = parse_url(interface.url);
  if (!named || !endpoint) return true;
  return !is_loopback(named->host) && endpoint->host != named->host;
}

A2aCall Cards::completed(A2aCall call) const {
  const CardEntry& named = entry(call.slug);
  call.credential = &named.credential;
  call.public_addresses_only = must_be_public(call.interface, named);
  return call;
}

// What an agent tells only to those who have its key is asked for once, with the public card.
void Cards::take_extended_card(const CardEntry& entry, FetchedCard& found, std::stop_token stop) {
  if (!found.card.extended_card || entry.credential.secret.empty()) return;
  if (!choose_interface(found.card).interface) return;
  const A2aCall call = completed(direct_call(name(), entry.slug, found.card));
  if (is_withheld(call)) return;
  const auto text = extended_card(call, transfers(), stop);
  const auto document = text ? parse_bounded(*text) : std::nullopt;
  if (!document || !looks_like_card(*document)) return;
  AgentCard card = decode_card(*document, found.url);
  if (!card.interfaces.empty()) found.card = std::move(card);
}

AgentCard Cards::card_to_call(std::string_view slug, std::stop_token stop) {
  const Tried tried = card_of(entry(slug), std::move(stop));
  if (!tried->found) throw *tried->problem;
  return tried->found->card;
}

}  // namespace

std::unique_ptr<Directory> make_cards(std::string name, std::vector<CardEntry> entries,
                                      Transfers& transfers, PinStore pins) {
  return std::make_unique<Cards>(std::move(name), std::move(entries), transfers, std::move(pins));
}

}  // namespace catalog
