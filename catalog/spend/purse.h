// Who pays for a call, and what the call buys. A tool makes a `Purse` for each call and hands it on
// in the prompt; whoever sends something that is billed makes a `Purchase` of it first, in the one
// place where it is sent. Both live on the call's own thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/errors.h"
#include "catalog/spend/books.h"
#include "catalog/spend/quote.h"

namespace catalog {

struct Payer {
  std::string principal;      // who asks; "" on stdio
  std::string target;         // what is called, as `invoke` takes it
  std::optional<Money> most;  // what the caller allows for this call (`max_cost_usd`)
  // Asks the person whether a dear call may be made; nothing where they cannot be asked any more,
  // because the call has `bought` something already. Absent: nobody can be asked.
  std::function<std::optional<bool>(const std::string& question, bool bought)> ask;
};

class Purse {
 public:
  // `books` outlives it.
  Purse(Books& books, Payer payer) : books_(books), payer_(std::move(payer)) {}

  // What the purchases of the call cost so far, at their worst where that is not known.
  Money used() const { return used_; }
  // An earlier round of the call has spent that much of what the caller allows.
  void has_used(Money spent) { used_ = used_ + spent; }
  // Whom it pays from now on.
  void calls(std::string target) { payer_.target = std::move(target); }
  // Whether the call has sent something of which it is not certain that it cost nothing: then it
  // must not be begun anew.
  bool bought() const { return bought_ > 0; }
  // What the caller should be told: "80 % of the day's budget is gone: …".
  const std::vector<std::string>& alerts() const { return alerts_; }

 private:
  friend class Purchase;

  std::optional<Money> left() const;
  Money amount_for(const Quote& quote) const;
  Money amount_of_unknown(const Quote& quote) const;
  bool counts(const Quote& quote, const std::string& gateway) const;
  double headroom_for(const Quote& quote) const;
  void require_consent(const std::string& why, const Refused& otherwise) const;

  Books& books_;
  Payer payer_;
  Money used_;      // by earlier purchases of this call, of which there may be several
  int bought_ = 0;  // of those, how many have been sent and not released
  std::vector<std::string> alerts_;
};

// Money put aside for one call. Attempts of which it is certain that they were not billed may share
// one. What nobody says of it, its destructor does: released when nothing was sent, else unknown.
class Purchase {
 public:
  // Throws Refused{over_budget} when it may not be made, UpstreamError{io_error} when it cannot be
  // written down. A null purse buys without counting.
  Purchase(Purse* purse, std::string gateway, Quote quote);
  ~Purchase();
  Purchase(const Purchase&) = delete;
  Purchase& operator=(const Purchase&) = delete;

  // How many times the worst case has been put aside: what the gateway may be allowed to take.
  double headroom() const { return headroom_; }
  // Before the first byte leaves; again before each further attempt.
  void sent();
  // What was sent is known to have cost nothing, and another attempt follows.
  void came_to_nothing();
  // The gateway's id for it, as soon as it is heard; "" is ignored.
  void generation(std::string_view id);
  // What the gateway said it cost, whatever becomes of the answer, or of its own account of it.
  void reported(std::optional<double> cost_usd) { reported_ = cost_usd; }
  void settle(const Answer& answer);
  // It is known to have cost nothing.
  void release() { end(PurchaseState::released); }
  void failed(const UpstreamError& error);

 private:
  void reserve();
  Decision put_aside(Money amount);
  [[noreturn]] void refuse(const Decision& decision) const;
  void end_as_reported();
  void end(Money cost, CostSource source, Money above_listed = {});
  Money above_listed(const Answer& answer);
  void end(PurchaseState state);
  void tell_of_budgets(Money cost);

  Purse* const purse_;
  const Quote quote_;
  Purchased purchased_;
  std::vector<Budget> budgets_;
  std::vector<Standing> standings_;  // of each budget, before this
  std::optional<double> reported_;
  double headroom_ = 1;
  bool reserved_ = false;  // something is written of it already
  PurchaseState state_ = PurchaseState::open;
};

}  // namespace catalog
