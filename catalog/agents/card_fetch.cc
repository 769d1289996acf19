#include "catalog/agents/card_fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "catalog/agents/a2a_errors.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t max_card_bytes = std::size_t{256} << 10;
constexpr milliseconds whole_time{10'000};
constexpr milliseconds connect_time{5'000};
constexpr int max_redirects = 3;

std::vector<Url> places(const Url& url) {
  if (url.path.ends_with(".json")) return {url};
  const std::string origin = url.origin();
  const std::string below = origin + url.path + (url.path.ends_with('/') ? "" : "/");
  std::vector<Url> out;
  for (const char* file : {".well-known/agent-card.json", ".well-known/agent.json"}) {
    for (const std::string& base : {below, origin + "/"}) {
      const auto place = parse_url(base + file);
      const auto same = [&place](const Url& known) { return known.text == place->text; };
      if (place && std::none_of(out.begin(), out.end(), same)) out.push_back(*place);
    }
  }
  return out;
}

class CardFetch {
 public:
  CardFetch(const Url& named, const Credential* credential, Transfers& transfers,
            std::stop_token stop, bool public_only)
      : named_(named),
        credential_(credential),
        transfers_(transfers),
        stop_(stop),
        public_only_(public_only) {}

  // The card at that place; nothing when there is none (and `problem` says what was there).
  std::optional<FetchedCard> at(const Url& place, UpstreamError& problem);

 private:
  Response ask(const Url& url);
  bool must_be_public(const Url& url) const;

  const Url& named_;  // whose host was meant, and may be private where `public_only_` allows it
  const Credential* credential_;
  Transfers& transfers_;
  std::stop_token stop_;
  bool public_only_;
  steady_clock::time_point deadline_ = steady_clock::now() + whole_time;
};

// A redirect must not lead from a host out there to one in here.
bool CardFetch::must_be_public(const Url& url) const {
  return public_only_ || (url.host != named_.host && !is_loopback(named_.host));
}

Response CardFetch::ask(const Url& url) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
  if (left <= milliseconds(0)) {
    throw UpstreamError(Kind::timed_out, fmt::format("no agent card from {} in time", url.host));
  }
  Exchange exchange;
  exchange.url = url.text;
  exchange.headers = {"Accept: application/json", "A2A-Version: 1.0"};
  const bool own =
      credential_ != nullptr && !credential_->secret.empty() && credential_->origin == url.origin();
  exchange.credential = own ? credential_ : nullptr;
  exchange.max_bytes = max_card_bytes;
  exchange.clocks = {std::min(connect_time, left), left, left, left};
  exchange.compressed = true;
  exchange.public_addresses_only = must_be_public(url);
  return transfers_.perform(exchange, stop_);
}

bool is_redirect(int status) {
  static constexpr std::array<int, 5> redirects = {301, 302, 303, 307, 308};
  return std::find(redirects.begin(), redirects.end(), status) != redirects.end();
}

std::optional<FetchedCard> CardFetch::at(const Url& place, UpstreamError& problem) {
  Url url = place;
  for (int hops = 0; hops <= max_redirects; ++hops) {
    const Response response = ask(url);
    if (is_redirect(response.head.status)) {
      const auto next = resolve_url(url, response.head.header("location"));
      if (!next) break;
      url = *next;
      continue;
    }
    if (response.head.status != 200) {
      problem = http_error("the card's host", response.head, response.body);
      return std::nullopt;
    }
    const auto document = parse_bounded(response.body);
    if (document && looks_like_card(*document))
      return FetchedCard{decode_card(*document, url), url};
    problem = UpstreamError(Kind::malformed, "what is at the card's address is not an agent card");
    return std::nullopt;
  }
  problem = UpstreamError(Kind::malformed, "the agent card redirects too often, or to nowhere");
  return std::nullopt;
}

// Which of two places' problems is worth telling: anything rather than "nothing here".
bool more_telling(const UpstreamError& now, const UpstreamError& before) {
  return before.kind == Kind::not_found && now.kind != Kind::not_found;
}

}  // namespace

FetchedCard fetch_card(std::string_view text, const Credential* credential, Transfers& transfers,
                       std::stop_token stop, bool public_only) {
  const auto url = parse_url(text);
  if (!url) {
    throw Refused(Kind::invalid_arguments, "the agent card's URL is not an http(s) URL");
  }
  CardFetch fetch(*url, credential, transfers, stop, public_only);
  UpstreamError worst(Kind::not_found,
                      fmt::format("no agent card at {}", cut_text(url->text, 200)));
  for (const Url& place : places(*url)) {
    UpstreamError problem = worst;
    if (auto found = fetch.at(place, problem)) return std::move(*found);
    if (more_telling(problem, worst)) worst = std::move(problem);
  }
  throw worst;
}

}  // namespace catalog
