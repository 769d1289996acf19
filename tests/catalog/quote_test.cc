#include "catalog/spend/quote.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using catalog::dollars;
using catalog::in_dollars;
using catalog::model_quote;
using catalog::Money;
using catalog::Price;
using catalog::Quote;

namespace {

Price price(double prompt, double completion) {
  Price out;
  out.prompt_usd_per_million = prompt;
  out.completion_usd_per_million = completion;
  return out;
}

}  // namespace

TEST_CASE("money is whole billionths, rounded up, and never wraps around") {
  CHECK(dollars(0.07) == Money{70'000'000});
  CHECK(dollars(1e-9) == Money{1});
  CHECK(dollars(1.2e-9) == Money{2});
  CHECK(dollars(0.1) + dollars(0.2) == dollars(0.3));
  CHECK(dollars(-1) == Money{});
  CHECK(dollars(std::nan("")) == Money{});
  CHECK(dollars(1e300) == catalog::most_money);
  CHECK(dollars(std::numeric_limits<double>::infinity()) == catalog::most_money);
  CHECK(catalog::most_money + dollars(1) == catalog::most_money);
  CHECK(Money{-5} - catalog::most_money < Money{});
  CHECK(usd(dollars(12.5)) == 12.5);
}

TEST_CASE("money is written so that people read it") {
  CHECK(in_dollars({}) == "$0");
  CHECK(in_dollars(dollars(10)) == "$10");
  CHECK(in_dollars(dollars(1.5)) == "$1.5");
  CHECK(in_dollars(dollars(0.0123456)) == "$0.0123");
  CHECK(in_dollars(dollars(0.000032)) == "$0.000032");
  CHECK(in_dollars(Money{1}) == "$0.000000001");
}

TEST_CASE("a model's worst case: the prompt on the safe side, and all it may write") {
  // 3,000 bytes are at most 1,150 tokens.
  CHECK(catalog::most_tokens_of(3000) == 1150);
  const Quote quote = model_quote(price(2, 10), 1150, 1000);
  CHECK(quote.worst_case == dollars(1150 * 2e-6 + 1000 * 10e-6));
  CHECK_FALSE(quote.free());

  Price more = price(2, 10);
  more.other_usd_per_unit = {{"request", 0.01}, {"internal_reasoning", 20e-6}, {"web_search", 1}};
  CHECK(model_quote(more, 1150, 1000).worst_case == dollars(1150 * 2e-6 + 0.01 + 1000 * 20e-6));
}

TEST_CASE("images have a price of their own beside their tokens") {
  Price images = price(2, 10);
  images.other_usd_per_unit = {{"image", 0.005}};
  CHECK(model_quote(images, 0, 0, 3).worst_case == dollars(0.015));
}

TEST_CASE("an output token may be one of an image, which is dearer") {
  Price images = price(2, 10);
  images.other_usd_per_unit = {{"image_output", 0.00003}};
  CHECK(model_quote(images, 0, 1000).worst_case == dollars(0.03));
}

TEST_CASE("a price that is missing or varies is unknown, not zero") {
  CHECK_FALSE(model_quote(Price(), 10, 10).worst_case);
  Price router = price(0, 0);
  router.variable = true;
  CHECK_FALSE(model_quote(router, 10, 10).worst_case);
  Price half;
  half.prompt_usd_per_million = 1;
  CHECK_FALSE(model_quote(half, 10, 10).worst_case);
  Price images = price(0, 0);
  images.other_usd_per_unit = {{"image_output", 0.04}};
  CHECK_FALSE(model_quote(images, 10, 10).worst_case);
  CHECK(model_quote(price(0, 0), 10, 10).free());
}

TEST_CASE("what would fit a smaller budget") {
  const Quote quote = model_quote(price(2, 10), 1150, 1000);
  CHECK(quote.max_tokens_for(dollars(1150 * 2e-6 + 500 * 10e-6)) == 500);
  CHECK(quote.max_tokens_for(dollars(100)) == 1000);
  CHECK_FALSE(quote.max_tokens_for(dollars(0.002)));  // not even the prompt
}

TEST_CASE("L15: absurd prices and sizes come to too much, never to little") {
  CHECK(model_quote(price(1e9, 1e9), INT64_MAX, INT64_MAX).worst_case == catalog::most_money);
}

TEST_CASE("of those that may answer the dearest counts, and an unknown price is dearer than any") {
  const Quote cheap = model_quote(price(1, 1), 100, 100);
  const Quote dear = model_quote(price(2, 2), 100, 100);
  CHECK(dearest(cheap, dear).worst_case == dear.worst_case);
  CHECK(dearest(dear, cheap).worst_case == dear.worst_case);
  CHECK_FALSE(dearest(dear, Quote()).worst_case);
}

TEST_CASE("agents are paid by the call, where the price says so") {
  CHECK(catalog::agent_quote({"FREE", {}}).free());
  CHECK(catalog::agent_quote({"PER_CALL", 0.02}).worst_case == dollars(0.02));
  CHECK_FALSE(catalog::agent_quote({"PER_TOKEN", 0.02}).worst_case);
  CHECK_FALSE(catalog::agent_quote({"", {}}).worst_case);
}
