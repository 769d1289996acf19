#include "catalog/spend/purse.h"

#include <fmt/format.h>

#include <algorithm>

namespace catalog {
namespace {

constexpr int alert_percents[] = {100, 80, 50};
constexpr std::size_t longest_generation = 200;

// What would fit `left`, in words.
std::string what_fits(const Quote& quote, Money left) {
  const auto tokens = quote.max_tokens_for(left);
  const std::string free = "call a cheaper model or a free one (list_models with free)";
  if (tokens) return fmt::format("max_tokens {} would fit; or {}", *tokens, free);
  return quote.max_tokens ? fmt::format("Shorten the prompt, or {}", free)
                          : fmt::format("Call a cheaper target, or {}", free);
}

std::string may_cost(const Quote& quote) {
  return fmt::format("this call may cost up to {}", in_dollars(*quote.worst_case));
}

Refused above(const Quote& quote, Money most, std::string_view what, std::string_view change) {
  return Refused(Kind::over_budget,
                 fmt::format("{}, above {} of {}", may_cost(quote), what, in_dollars(most)),
                 fmt::format("{}. {}", what_fits(quote, most), change));
}

Refused unknown_price(const std::string& target) {
  return Refused(Kind::over_budget, fmt::format("what {} costs is not known", target),
                 "Give max_cost_usd to say how much this call may cost, or call a target with a "
                 "price.");
}

Refused nothing_left(const std::string& target, Money used) {
  return Refused(Kind::over_budget,
                 used == Money{}
                     ? fmt::format("what {} costs is not known, and nothing is allowed", target)
                     : fmt::format("what {} costs is not known, and nothing is left of "
                                   "max_cost_usd",
                                   target),
                 "Raise max_cost_usd, or call a target with a price, or a free one.");
}

Refused likely_slip(const std::string& id, const Quote& quote) {
  return Refused(Kind::not_found, fmt::format("{} is not in the catalogue", id),
                 fmt::format("{} Or give max_cost_usd to have it tried all the same.", quote.hint));
}

Refused exceeded(const Budget& budget, const Standing& standing, const Quote& quote) {
  const Money left = std::max(Money{}, budget.limit.most - (standing.spent + standing.aside));
  const std::string cost =
      quote.worst_case ? may_cost(quote) : "the cost of this call is not known";
  const bool waits = budget.setting == "budgets.minute_usd";
  return Refused(Kind::over_budget,
                 fmt::format("{}, and {} is left of the {}'s budget of {}", cost, in_dollars(left),
                             budget.name, in_dollars(budget.limit.most)),
                 fmt::format("{}. {}The user can raise {}.", what_fits(quote, left),
                             waits ? "Or wait a minute. " : "", budget.setting));
}

}  // namespace

// --- what one call may cost ---------------------------------------------------------------------

std::optional<Money> Purse::left() const {
  if (!payer_.most) return std::nullopt;
  return std::max(Money{}, *payer_.most - used_);
}

Money Purse::amount_for(const Quote& quote) const {
  if (!quote.worst_case) return amount_of_unknown(quote);
  const Money worst = *quote.worst_case;
  const Budgets& budgets = books_.budgets();
  if (budgets.call && worst > *budgets.call) {
    throw above(quote, *budgets.call, "the limit", "The user can raise budgets.call_usd.");
  }
  if (const auto most = left()) {
    if (worst > *most) {
      throw above(quote, *most, used_ == Money{} ? "max_cost_usd" : "what is left of max_cost_usd",
                  "Or raise max_cost_usd.");
    }
  } else if (budgets.ask_above && worst > *budgets.ask_above) {
    require_consent(may_cost(quote), above(quote, *budgets.ask_above, "what may be spent unasked",
                                           fmt::format("Or allow it with max_cost_usd {:.6g}.",
                                                       usd(used_ + worst))));
  }
  return worst;
}

Money Purse::amount_of_unknown(const Quote& quote) const {
  const Budgets& budgets = books_.budgets();
  if (const auto allowed = left()) {
    const Money most = budgets.call ? std::min(*allowed, *budgets.call) : *allowed;
    if (most == Money{}) throw nothing_left(payer_.target, used_);
    return most;
  }
  if (budgets.unknown_price == UnknownPrice::allow) return {};
  const std::string& whose = quote.unpriced.empty() ? payer_.target : quote.unpriced;
  if (quote.missing) throw likely_slip(whose, quote);  // nobody is asked about those
  const Refused refusal = unknown_price(whose);
  if (budgets.unknown_price == UnknownPrice::refuse) throw refusal;
  require_consent(refusal.what_happened, refusal);
  return budgets.ask_above.value_or(Money{});
}

void Purse::require_consent(const std::string& why, const Refused& otherwise) const {
  if (!payer_.ask) throw otherwise;
  const std::string question = fmt::format(
      "Call {}? {}{}.", payer_.target,
      static_cast<char>(std::toupper(static_cast<unsigned char>(why[0]))), why.substr(1));
  const std::optional<bool> agreed = payer_.ask(question, bought());
  if (!agreed) throw otherwise;
  if (*agreed) return;
  throw Refused(Kind::over_budget, fmt::format("the user declined: {}", why),
                "Do not ask again unchanged; call a cheaper target or a free one.");
}

// Whether money is put aside for it. What nobody lists a price for is mostly the user's own: it
// counts in dollars once they give it a budget, and is a line of the ledger in any case.
bool Purse::counts(const Quote& quote, const std::string& gateway) const {
  const auto& budgets = books_.budgets().per_day;
  const bool has_budget = budgets.count(payer_.target) != 0 || budgets.count(gateway) != 0;
  return !quote.free() && (!quote.unlisted || has_budget);
}

// A single call may not be allowed more by it than it is otherwise.
double Purse::headroom_for(const Quote& quote) const {
  if (!quote.worst_case || quote.most_headroom <= 1) return 1;
  const Budgets& budgets = books_.budgets();
  double most = quote.most_headroom;
  for (const auto& limit : {budgets.call, payer_.most ? left() : budgets.ask_above}) {
    if (limit) most = std::min(most, usd(*limit) / usd(*quote.worst_case));
  }
  return std::max(1.0, most);
}

// --- one purchase -------------------------------------------------------------------------------

Purchase::Purchase(Purse* purse, std::string gateway, Quote quote)
    : purse_(purse), quote_(std::move(quote)) {
  if (purse_ == nullptr) return;
  const Payer& payer = purse_->payer_;
  purchased_.principal = payer.principal;
  purchased_.gateway = std::move(gateway);
  purchased_.target = payer.target;
  if (purse_->counts(quote_, purchased_.gateway)) reserve();
}

void Purchase::reserve() {
  const Money amount = purse_->amount_for(quote_);
  purchased_ = purse_->books_.begin(purchased_.principal, purchased_.gateway, purchased_.target);
  budgets_ = budgets_of(purse_->books_.budgets(), purchased_);
  headroom_ = purse_->headroom_for(quote_);
  Decision decision = put_aside(headroom_ > 1 ? dollars(usd(amount) * headroom_) : amount);
  if (decision.exceeded && headroom_ > 1) {
    headroom_ = 1;
    decision = put_aside(amount);
  }
  // What a run that died had put aside is nobody's any more.
  if (decision.exceeded && purse_->books_.close_left()) decision = put_aside(amount);
  if (decision.exceeded) refuse(decision);
  standings_ = std::move(decision.standings);
  reserved_ = true;
}

Decision Purchase::put_aside(Money amount) {
  purchased_.amount = amount;
  std::vector<Limit> limits;
  for (const Budget& each : budgets_) limits.push_back(each.limit);
  return purse_->books_.reserve(purchased_, limits);
}

void Purchase::refuse(const Decision& decision) const {
  const std::size_t which = *decision.exceeded;
  throw exceeded(budgets_[which], decision.standings[which], quote_);
}

// A purchase that was given up before anything was said of it: refused below, or cancelled.
Purchase::~Purchase() {
  if (state_ == PurchaseState::open) release();
  if (state_ == PurchaseState::sent) end_as_reported();
}

void Purchase::sent() {
  if (purse_ == nullptr || state_ != PurchaseState::open) return;
  state_ = PurchaseState::sent;
  ++purse_->bought_;
  if (reserved_) purse_->books_.mark({purchased_.serial, PurchaseState::sent});
}

void Purchase::came_to_nothing() {
  if (purse_ == nullptr || state_ != PurchaseState::sent) return;
  state_ = PurchaseState::open;
  reported_.reset();
  --purse_->bought_;
}

void Purchase::generation(std::string_view id) {
  if (!reserved_ || id.empty()) return;
  Mark mark{purchased_.serial, PurchaseState::sent};
  mark.generation = id.substr(0, longest_generation);
  purse_->books_.mark(std::move(mark));
}

void Purchase::settle(const Answer& answer) {
  if (!answer.cost_usd) return end_as_reported();
  end(dollars(*answer.cost_usd), answer.cost_source, above_listed(answer));
}

// What the gateway says it cost counts; but where that is more than the tokens come to, somebody is
// told, once for each target.
Money Purchase::above_listed(const Answer& answer) {
  constexpr double tolerated = 1.05;
  const bool compares = purse_ != nullptr && answer.cost_source == CostSource::reported &&
                        answer.listed_usd.value_or(0) > 0;
  if (!compares || *answer.cost_usd <= *answer.listed_usd * tolerated) return {};
  if (purse_->books_.is_news("above " + purchased_.target)) {
    purse_->alerts_.push_back(
        fmt::format("{} billed {} for {}, where the catalogue's price comes to {}",
                    purchased_.gateway, in_dollars(dollars(*answer.cost_usd)), purchased_.target,
                    in_dollars(dollars(*answer.listed_usd))));
  }
  return dollars(*answer.cost_usd - *answer.listed_usd);
}

void Purchase::failed(const UpstreamError& error) {
  if (reported_) return end(dollars(*reported_), CostSource::reported);
  if (error.billed == Billed::no) return release();
  // What is billed by the call has cost what a call costs.
  const bool by_the_call = error.billed == Billed::yes && quote_.worst_case && !quote_.max_tokens;
  if (by_the_call) return end(*quote_.worst_case, CostSource::estimated);
  end(PurchaseState::unknown);
}

void Purchase::end_as_reported() {
  if (reported_) return end(dollars(*reported_), CostSource::reported);
  end(PurchaseState::unknown);
}

void Purchase::end(Money cost, CostSource source, Money above_listed) {
  if (purse_ == nullptr || state_ > PurchaseState::sent) return;
  state_ = PurchaseState::settled;
  purse_->used_ = purse_->used_ + cost;
  if (!reserved_) return purse_->books_.add(Unreserved{purchased_, cost, source});
  purse_->books_.mark({purchased_.serial, PurchaseState::settled, cost, source, {}, above_listed});
  tell_of_budgets(cost);
}

void Purchase::end(PurchaseState state) {
  if (purse_ == nullptr || state_ > PurchaseState::sent) return;
  const CostSource free = quote_.free() ? CostSource::estimated : CostSource::unknown;
  if (!reserved_ && state == PurchaseState::unknown) return end(Money{}, free);
  if (state == PurchaseState::released && state_ == PurchaseState::sent) --purse_->bought_;
  state_ = state;
  if (state == PurchaseState::unknown) purse_->used_ = purse_->used_ + purchased_.amount;
  if (reserved_) purse_->books_.mark({purchased_.serial, state});
}

void Purchase::tell_of_budgets(Money cost) {
  for (std::size_t i = 0; i < budgets_.size(); ++i) {
    const Budget& budget = budgets_[i];
    const Money spent = standings_[i].spent + cost;
    const auto* reached = std::find_if(
        std::begin(alert_percents), std::end(alert_percents),
        [&](int percent) { return usd(spent) >= usd(budget.limit.most) * percent / 100; });
    const bool news = reached != std::end(alert_percents) && *reached > standings_[i].alerted &&
                      budget.scope.window_ms != 0;
    if (!news) continue;
    purse_->books_.add(Alerted{budget.scope, *reached});
    purse_->alerts_.push_back(fmt::format("{} % of the {}'s budget is gone: {} of {}", *reached,
                                          budget.name, in_dollars(spent),
                                          in_dollars(budget.limit.most)));
  }
}

}  // namespace catalog
