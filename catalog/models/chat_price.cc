#include "catalog/models/chat_price.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "catalog/files/file_kind.h"
#include "catalog/models/chat_files.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/media/chat_media.h"
#include "catalog/models/price.h"

namespace catalog {
namespace {

using nlohmann::json;

// Prices are compared as binary fractions elsewhere too: the same price must not be a hair too
// much.
constexpr double a_hair = 1.001;
// Providers of one model often differ in price; a dearer one may step in where the money allows it.
constexpr double usual_headroom = 2;

// The pages of a PDF whose objects lie open; 0 where they are packed away.
std::int64_t pages_of(std::string_view pdf) {
  if (pdf.find("/ObjStm") != std::string_view::npos) return 0;
  std::int64_t pages = 0;
  for (const std::string_view mark : {"/Type /Page", "/Type/Page"}) {
    for (auto at = pdf.find(mark); at != std::string_view::npos; at = pdf.find(mark, at + 1)) {
      const std::size_t next = at + mark.size();
      if (next == pdf.size() || pdf[next] != 's') ++pages;  // "/Pages" are no page
    }
  }
  return pages;
}

// Models read the text of a page and look at its picture. Packed text is small: a page of it takes
// a few kilobytes.
std::int64_t most_tokens_of_pdf(std::string_view pdf) {
  constexpr std::int64_t a_page = 5000;
  constexpr std::int64_t most_pages = 1000;  // that any model takes
  const auto packed = static_cast<std::int64_t>(pdf.size()) * 2;
  const std::int64_t pages = pages_of(pdf);
  return pages > 0 ? std::min(pages, most_pages) * a_page : std::min(packed, most_pages * a_page);
}

// Of a file that is not text, on the safe side; text files count with the text of the prompt.
std::int64_t most_tokens(const FilePart& file) {
  constexpr std::int64_t dearest_image = 6000;
  constexpr std::size_t least_bytes_of_sound = 30;  // for a token, even in a tight encoding
  switch (kind_of(file.media_type)) {
    case FileKind::text:
      return 0;
    case FileKind::image:
      return dearest_image;
    case FileKind::pdf:
      return most_tokens_of_pdf(file.bytes);
    case FileKind::audio:
      return static_cast<std::int64_t>(file.bytes.size() / least_bytes_of_sound);
  }
  return 0;
}

int images_of(const Prompt& prompt) {
  return static_cast<int>(std::count_if(
      prompt.files.begin(), prompt.files.end(),
      [](const FilePart& file) { return kind_of(file.media_type) == FileKind::image; }));
}

// More than its context no model reads.
std::int64_t prompt_tokens(const Prompt& prompt, const Model& model) {
  constexpr std::size_t around = 64;  // what a template puts around the messages
  std::int64_t tokens = most_tokens_of(text_bytes(prompt) + around);
  for (const FilePart& file : prompt.files) tokens += most_tokens(file);
  return model.context_length > 0 ? std::min(tokens, model.context_length) : tokens;
}

// A number, or one in quotation marks.
std::optional<double> amount_in(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_number()) return std::max(0.0, found->get<double>());
  if (!found->is_string()) return std::nullopt;
  return std::max(0.0, std::strtod(found->get_ref<const std::string&>().c_str(), nullptr));
}

// The limits that the caller sets itself.
json given_most(const Prompt& prompt) {
  const json given = json::parse(prompt.provider, nullptr, false);
  return given.is_object() && given.contains("max_price") ? given["max_price"] : json::object();
}

std::optional<TokenPrices> dearest_tokens(const Prompt& prompt,
                                          const std::vector<const Model*>& models) {
  TokenPrices most;
  for (const Model* const model : models) {
    if (model == nullptr || model->price.variable) return std::nullopt;
    const Price price = dearest_price(model->price, prompt_tokens(prompt, *model));
    if (!price.prompt_usd_per_million || !price.completion_usd_per_million) return std::nullopt;
    most.prompt = std::max(most.prompt, *price.prompt_usd_per_million);
    most.completion = std::max(most.completion, *price.completion_usd_per_million);
  }
  return most;
}

// What is put by for the next turn costs more than what is only read.
void count_cache_writes(Price& price) {
  const auto write = price.other_usd_per_unit.find("input_cache_write");
  if (write == price.other_usd_per_unit.end() || !price.prompt_usd_per_million) return;
  price.prompt_usd_per_million = std::max(*price.prompt_usd_per_million, write->second * 1e6);
}

Quote quote_of(const Prompt& prompt, const Model* model, const std::optional<TokenPrices>& most) {
  if (model == nullptr) return model_quote({}, 0, completion_limit(prompt, nullptr));
  const std::int64_t tokens = prompt_tokens(prompt, *model);
  Price price = dearest_price(model->price, tokens);
  if (most) {
    price.prompt_usd_per_million = most->prompt;
    price.completion_usd_per_million = most->completion;
  }
  if (asks_to_cache(prompt, model)) count_cache_writes(price);
  Quote quote = model_quote(price, tokens, completion_limit(prompt, model), images_of(prompt));
  if (model->free()) quote.worst_case = Money{};
  // Nothing for a token: then the song or the image has a price, which is not known here.
  const bool hidden = !model->free() && answers_with_media(*model);
  if (hidden && quote.free()) quote.worst_case.reset();
  return quote;
}

void count_search(Quote& quote) {
  constexpr Money searching{50'000'000};  // more than a search costs anywhere, with its results
  if (!quote.worst_case) return;
  quote.before_output = quote.before_output + searching;
  quote.worst_case = *quote.worst_case + searching;
}

}  // namespace

ChatPrice chat_price(const Prompt& prompt, const std::vector<const Model*>& models, bool searches) {
  ChatPrice price{{}, dearest_tokens(prompt, models)};
  const json given = prompt.provider.empty() ? json::object() : given_most(prompt);
  if (price.tokens) {
    // It may allow more; that it buys for less is for the gateway to say.
    TokenPrices& most = *price.tokens;
    most.prompt = std::max(most.prompt, amount_in(given, "prompt").value_or(0));
    most.completion = std::max(most.completion, amount_in(given, "completion").value_or(0));
  }
  price.quote = quote_of(prompt, models.front(), price.tokens);
  for (std::size_t i = 1; i < models.size(); ++i) {
    const Quote other = quote_of(prompt, models[i], price.tokens);
    if (price.quote.worst_case && !other.worst_case) price.unpriced = i;
    price.quote = dearest(price.quote, other);
  }
  if (searches) count_search(price.quote);
  const bool costs = price.tokens && price.tokens->prompt + price.tokens->completion > 0;
  if (!costs || !price.quote.worst_case) price.tokens.reset();
  // What the caller set is meant.
  if (price.tokens && given.empty()) price.quote.most_headroom = usual_headroom;
  return price;
}

std::string with_most(const std::string& preferences, const TokenPrices& prices, double headroom) {
  if (preferences.empty()) {
    return fmt::format(R"({{"max_price":{{"prompt":{:.9g},"completion":{:.9g}}}}})",
                       prices.prompt * headroom * a_hair, prices.completion * headroom * a_hair);
  }
  json given = json::parse(preferences, nullptr, false);
  json& most = given["max_price"];
  if (!most.is_object()) most = json::object();
  if (!most.contains("prompt")) most["prompt"] = prices.prompt * headroom * a_hair;
  if (!most.contains("completion")) most["completion"] = prices.completion * headroom * a_hair;
  return given.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace catalog
