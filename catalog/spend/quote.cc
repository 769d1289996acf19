#include "catalog/spend/quote.h"

#include <algorithm>
#include <cmath>

namespace catalog {
namespace {

double other(const Price& price, const char* name) {
  const auto found = price.other_usd_per_unit.find(name);
  return found == price.other_usd_per_unit.end() ? 0 : found->second;
}

Money tokens_at(std::int64_t tokens, double usd_per_million) {
  return dollars(static_cast<double>(tokens) * usd_per_million / 1e6);
}

}  // namespace

std::int64_t most_tokens_of(std::size_t bytes) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(bytes) / 3 * 1.15));
}

std::optional<std::int64_t> Quote::max_tokens_for(Money money) const {
  if (!max_tokens || !worst_case || money <= before_output) return std::nullopt;
  if (output_usd_per_million <= 0) return max_tokens;
  const double fits = std::floor(usd(money - before_output) * 1e6 / output_usd_per_million);
  if (fits < 1) return std::nullopt;
  return std::min(*max_tokens, static_cast<std::int64_t>(std::min(fits, 1e15)));
}

Quote model_quote(const Price& price, std::int64_t prompt_tokens, std::int64_t max_tokens,
                  int images) {
  Quote quote;
  quote.max_tokens = max_tokens;
  if (price.variable || !price.prompt_usd_per_million || !price.completion_usd_per_million) {
    return quote;
  }
  // Charges beside prompt and completion are in $ per unit: a token of reasoning, a request.
  const double reasoning = other(price, "internal_reasoning") * 1e6;
  // Where text is for nothing, an image is not paid for by the token.
  const bool by_token = *price.completion_usd_per_million > 0;
  const double media =
      by_token ? std::max(other(price, "image_output"), other(price, "audio_output")) * 1e6 : 0;
  quote.output_usd_per_million = std::max({*price.completion_usd_per_million, reasoning, media});
  quote.before_output = tokens_at(prompt_tokens, *price.prompt_usd_per_million) +
                        dollars(other(price, "request") + other(price, "image") * images);
  const Money worst = quote.before_output + tokens_at(max_tokens, quote.output_usd_per_million);
  // Nothing for a token and something for, say, an image: what that comes to is not known.
  if (worst > Money{} || price.free()) quote.worst_case = worst;
  return quote;
}

Quote agent_quote(const AgentPrice& price) {
  Quote quote;
  if (price.model == "FREE") {
    quote.worst_case = Money{};
  } else if (price.unit_usd && (price.model != "PER_TOKEN" || *price.unit_usd == 0)) {
    quote.worst_case = quote.before_output = dollars(*price.unit_usd);
  }
  return quote;
}

Quote direct_quote(const AgentPrice& price) {
  Quote quote = agent_quote(price);
  quote.unlisted = !quote.worst_case;
  return quote;
}

Quote dearest(const Quote& a, const Quote& b) {
  if (!a.worst_case || !b.worst_case) return a.worst_case ? b : a;
  return *a.worst_case < *b.worst_case ? b : a;
}

}  // namespace catalog
