// What a prompt to a model costs at most, and how the gateway is held to it: the prices of the
// catalogue go along as the most a token may cost (OpenRouter API, `provider.max_price`), so that a
// dearer provider cannot take more than was put aside. Pure; `openrouter.cc` calls it on the call's
// own thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/answer.h"
#include "catalog/models/model.h"
#include "catalog/spend/quote.h"

namespace catalog {

struct TokenPrices {  // $ per million
  double prompt = 0;
  double completion = 0;
};

struct ChatPrice {
  Quote quote;
  // Of the dearest of the models that may answer, or what the caller allows beyond it in
  // `provider`; absent where the gateway cannot be held to any.
  std::optional<TokenPrices> tokens;
  std::size_t unpriced = 0;  // which of the models makes the worst case unknown, where it is
};

// Of a call that any of these models may answer: the target first, then its fallbacks; null for one
// that is not in the catalogue, which makes the price unknown. With `searches` one search
// of the web is in it.
ChatPrice chat_price(const Prompt& prompt, const std::vector<const Model*>& models,
                     bool searches = false);

// The routing preferences with the most a token may cost added, `headroom` times the prices.
std::string with_most(const std::string& preferences, const TokenPrices& prices, double headroom);

}  // namespace catalog
