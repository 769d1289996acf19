// What a call costs at most, before it is made: arithmetic on the prices of the catalogue. Pure;
// called by gateways and directories on the call's own thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "catalog/agents/agent.h"
#include "catalog/models/model.h"
#include "catalog/spend/money.h"

namespace catalog {

struct Quote {
  std::optional<Money> worst_case;  // absent: some price is not known
  // Of a model: what it is made of, to tell what would fit a smaller budget.
  Money before_output;                     // the prompt and what each request costs
  double output_usd_per_million = 0;       // of the dearest kind of output token
  std::optional<std::int64_t> max_tokens;  // absent: output is not counted in tokens
  // Where it is absent: whose price that is, if not the target's but a fallback's; whether it is
  // not in the catalogue at all, and what to do about that.
  std::string unpriced;
  bool missing = false;
  std::string hint;
  // How many times as much may be put aside, where the money allows it: the gateway is told then,
  // and may turn to a dearer provider.
  double most_headroom = 1;
  bool unlisted = false;  // nobody lists a price for what is called: an agent at its own endpoint

  bool free() const { return worst_case && *worst_case == Money{}; }
  // The most output tokens that `money` pays for; nothing when not even the prompt fits.
  std::optional<std::int64_t> max_tokens_for(Money money) const;
};

// Tokens of a text for a reservation, on the safe side: bytes/3 and 15 % more.
std::int64_t most_tokens_of(std::size_t bytes);

// A call of a model whose prompt has at most so many tokens, of which some are so many images, and
// that may write `max_tokens`. A price that is missing or varies (-1, of a router) makes the worst
// case unknown.
Quote model_quote(const Price& price, std::int64_t prompt_tokens, std::int64_t max_tokens,
                  int images = 0);
// A call of an agent that its gateway bills.
Quote agent_quote(const AgentPrice& price);
// A call of an agent at its own endpoint, or through a gateway that names no prices.
Quote direct_quote(const AgentPrice& price);
// Whichever of two targets costs more: one of them will answer.
Quote dearest(const Quote& a, const Quote& b);

}  // namespace catalog
