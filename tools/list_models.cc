// Finding a model: the whole catalogue, filtered, sorted and paged on our side.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "catalog/models/model_query.h"
#include "tools/all.h"
#include "tools/format.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::Model;

constexpr std::int64_t usual_rows = 20;
constexpr std::size_t largest_page = 16'000;  // bytes of both forms: a line stays under 20 KB

constexpr std::array<std::string_view, 10> sorts = {
    "relevance",    "price",   "context",    "newest",     "coding",
    "intelligence", "agentic", "popularity", "throughput", "latency"};

struct Arguments {
  std::optional<std::string> query;
  std::vector<std::string> input_modalities;
  std::vector<std::string> output_modalities;
  std::vector<std::string> supports;
  std::optional<std::int64_t> min_context;
  std::optional<double> max_prompt_price;
  std::optional<double> max_completion_price;
  bool free = false;
  bool zdr = false;
  std::optional<std::string> author;
  std::optional<std::string> gateway;
  std::optional<std::string> sort;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(
        field("query", &A::query, "Words in id, name or description"),
        field("input_modalities", &A::input_modalities, "All of: text image file audio video"),
        field("output_modalities", &A::output_modalities,
              "All of: text image audio speech video transcription"),
        field("supports", &A::supports, "Parameters, e.g. tools structured_outputs reasoning"),
        field("min_context", &A::min_context, "Tokens", {.minimum = 0}),
        field("max_prompt_price", &A::max_prompt_price, "$/million tokens", {.minimum = 0}),
        field("max_completion_price", &A::max_completion_price, "$/million tokens", {.minimum = 0}),
        field("free", &A::free, "Only free models"), field("zdr", &A::zdr, "Zero data retention"),
        field("author", &A::author, "e.g. anthropic"),
        field("gateway", &A::gateway, "Name; default the first"),
        field("sort", &A::sort, "Best first", {.one_of = sorts}),
        field("limit", &A::limit, "Rows, default 20", {.minimum = 1, .maximum = 100}),
        field("cursor", &A::cursor, "next_cursor"));
  }
};

struct Result {
  std::vector<std::string> columns = {"id",         "context", "usd_in", "usd_out",
                                      "modalities", "flags",   "expires"};
  mcp::Rows models;
  std::int64_t total = 0;
  std::optional<std::string> next_cursor;
  std::string as_of;
  std::string source;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(field("columns", &R::columns, "usd_in, usd_out: $/million tokens"),
                           field("models", &R::models, ""), field("total", &R::total, ""),
                           field("next_cursor", &R::next_cursor, ""), field("as_of", &R::as_of, ""),
                           field("source", &R::source, "live, cached, stale or bundled"));
  }
};

catalog::ModelQuery query_of(const Arguments& arguments) {
  catalog::ModelQuery query;
  query.query = arguments.query.value_or("");
  query.input_modalities = arguments.input_modalities;
  query.output_modalities = arguments.output_modalities;
  query.supports = arguments.supports;
  query.min_context = arguments.min_context;
  query.max_prompt_price = arguments.max_prompt_price;
  query.max_completion_price = arguments.max_completion_price;
  query.free = arguments.free;
  query.author = arguments.author.value_or("");
  query.sort = catalog::parse_model_sort(arguments.sort.value_or(""));
  return query;
}

// "text+image", with ">image" behind it where more than text comes out; "?" where nobody says.
std::string modalities(const Model& model) {
  if (model.input_modalities.empty() && model.output_modalities.empty()) return "?";
  std::string text = joined(model.input_modalities, "+");
  const bool only_text =
      model.output_modalities.size() == 1 && model.output_modalities.front() == "text";
  if (!only_text) text += ">" + joined(model.output_modalities, "+");
  return text;
}

std::string flags(const Model& model) {
  std::string words;
  if (model.supports("tools")) words += " tools";
  if (model.supports("structured_outputs")) words += " json";
  if (model.reasoning || model.supports("reasoning")) words += " think";
  if (model.price.variable) words += " varies";  // a router: no price of its own
  return words.empty() ? words : words.substr(1);
}

mcp::OrderedJson row(const Model& model, const std::string& id) {
  return {id,
          model.context_length > 0 ? mcp::OrderedJson(model.context_length) : nullptr,
          number_or_null(model.price.prompt_usd_per_million),
          number_or_null(model.price.completion_usd_per_million),
          modalities(model),
          flags(model),
          model.expiration_date.empty() ? mcp::OrderedJson(nullptr)
                                        : mcp::OrderedJson(model.expiration_date)};
}

std::string line(const Model& model, const std::string& id) {
  std::string text =
      fmt::format("\n{} {} {}/{} {}", id, short_count(model.context_length),
                  short_price(model.price.prompt_usd_per_million),
                  short_price(model.price.completion_usd_per_million), modalities(model));
  if (const std::string words = flags(model); !words.empty()) text += " " + words;
  if (!model.expiration_date.empty()) text += " until " + model.expiration_date;
  return text;
}

std::string summary(const Result& result, const catalog::ModelList& list) {
  std::string text = fmt::format("{} of {} models ({}, {})", result.models.size(), result.total,
                                 result.source, ago(list.as_of));
  if (result.next_cursor) text += "; more: cursor=" + *result.next_cursor;
  return text;
}

// Fills in rows and lines while they fit a page; the cursor goes on behind the last one.
std::string add_rows(const catalog::ModelMatches& matches, const catalog::ModelPage& page,
                     const std::function<std::string(const Model&)>& target, Result& result) {
  std::string lines;
  std::size_t bytes = 0;
  for (const Model* model : page.models) {
    mcp::OrderedJson as_row = row(*model, target(*model));
    const std::string as_line = line(*model, target(*model));
    bytes += mcp::dump(as_row).size() + as_line.size();
    if (bytes > largest_page && !result.models.empty()) break;
    result.models.push_back(std::move(as_row));
    lines += as_line;
  }
  const std::size_t shown = result.models.size();
  if (shown == page.models.size() && page.next_cursor.empty()) return lines;
  const auto last = std::find(matches.begin(), matches.end(), page.models[shown - 1]);
  result.next_cursor =
      catalog::cursor_after(matches, static_cast<std::size_t>(last - matches.begin()));
  return lines;
}

using Ids = std::shared_ptr<const catalog::ModelIds>;

// The order the gateway has to be asked for; null for those that are known here.
Ids ranking(catalog::Gateway& gateway, catalog::ModelSort sort, std::stop_token stop) {
  switch (sort) {
    case catalog::ModelSort::popularity:
      return gateway.listing(catalog::Listing::popularity, stop);
    case catalog::ModelSort::throughput:
      return gateway.listing(catalog::Listing::throughput, stop);
    case catalog::ModelSort::latency:
      return gateway.listing(catalog::Listing::latency, stop);
    default:
      return nullptr;
  }
}

catalog::ModelMatches matching(catalog::Gateway& gateway, const catalog::ModelList& list,
                               const Arguments& arguments, mcp::Call& call) {
  catalog::ModelQuery query = query_of(arguments);
  const Ids ranked = ranking(gateway, query.sort, call.stop_token());
  const Ids zero_retention =
      arguments.zdr ? gateway.listing(catalog::Listing::zero_retention, call.stop_token())
                    : nullptr;
  query.ranking = ranked.get();
  query.zero_retention = zero_retention.get();
  return catalog::find_models(list, query);
}

Reply<Result> list_models(Program& program, mcp::Call& call, const Arguments& arguments) {
  catalog::Gateway& gateway = program.catalog().gateway(arguments.gateway.value_or(""));
  const auto list = gateway.models(call.stop_token());
  const auto matches = matching(gateway, *list, arguments, call);
  const auto limit = static_cast<std::size_t>(arguments.limit.value_or(usual_rows));
  const auto page = catalog::page(matches, arguments.cursor.value_or(""), limit);

  Result result;
  const auto target = [&](const Model& model) {
    return program.catalog().target_of(gateway, model.id);
  };
  const std::string lines = add_rows(matches, page, target, result);
  result.total = static_cast<std::int64_t>(matches.size());
  result.as_of = utc_time(list->as_of);
  result.source = catalog::name(list->source);
  std::string text = summary(result, *list);
  if (!lines.empty()) text += "\nid context $in/$out per million, input>output, flags" + lines;
  return {std::move(result), std::move(text)};
}

}  // namespace

mcp::Tool list_models_tool(Program& program) {
  return make_tool(
      {"list_models", "List models",
       "Find AI models to invoke: search, filter, sort by price, context or benchmark. Rows: id "
       "(the target for invoke), context tokens, $/million in and out, modalities, flags: tools, "
       "json (structured output), think (reasoning), varies (a router's price).",
       lookup},
      program, list_models);
}

}  // namespace tools
