// One model whole: what the catalogue knows of it, and the providers behind it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "catalog/errors.h"
#include "catalog/models/model_query.h"
#include "tools/all.h"
#include "tools/error_text.h"
#include "tools/format.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::Endpoint;
using catalog::Model;
using mcp::OrderedJson;

constexpr std::size_t most_endpoints = 30;

struct Arguments {
  std::string id;

  static constexpr auto fields() {
    return mcp::field_list(mcp::field("id", &Arguments::id, "Model id from list_models"));
  }
};

struct Result {
  std::string id;
  std::string name;
  std::string description;
  std::optional<std::string> alias_target;
  std::int64_t context_length = 0;
  std::optional<std::int64_t> max_completion_tokens;
  std::vector<std::string> input_modalities;
  std::vector<std::string> output_modalities;
  std::vector<std::string> supported_parameters;
  OrderedJson price;
  std::optional<OrderedJson> reasoning;
  std::optional<OrderedJson> benchmarks;
  std::string created;
  std::optional<std::string> knowledge_cutoff;
  std::optional<std::string> expiration_date;
  std::vector<std::string> endpoint_columns = {
      "provider",       "tag",        "quantization", "context", "max_out", "usd_in", "usd_out",
      "uptime_percent", "latency_ms", "tokens_per_s", "status",  "zdr"};
  mcp::Rows endpoints;
  std::optional<std::string> endpoints_problem;
  std::string as_of;
  std::string source;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(
        field("id", &R::id, ""), field("name", &R::name, ""),
        field("description", &R::description, ""), field("alias_target", &R::alias_target, ""),
        field("context_length", &R::context_length, ""),
        field("max_completion_tokens", &R::max_completion_tokens, ""),
        field("input_modalities", &R::input_modalities, ""),
        field("output_modalities", &R::output_modalities, ""),
        field("supported_parameters", &R::supported_parameters, ""), field("price", &R::price, ""),
        field("reasoning", &R::reasoning, ""), field("benchmarks", &R::benchmarks, ""),
        field("created", &R::created, ""), field("knowledge_cutoff", &R::knowledge_cutoff, ""),
        field("expiration_date", &R::expiration_date, ""),
        field("endpoint_columns", &R::endpoint_columns, ""), field("endpoints", &R::endpoints, ""),
        field("endpoints_problem", &R::endpoints_problem, ""), field("as_of", &R::as_of, ""),
        field("source", &R::source, ""));
  }
};

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void put(OrderedJson& object, const char* name, const std::optional<double>& value) {
  if (value) object[name] = rounded(*value);
}

// Charges that are made per token, and so are shown like the price of a prompt.
constexpr std::array<std::string_view, 4> per_token = {
    "input_cache_read", "input_cache_write", "input_cache_write_1h", "internal_reasoning"};

void put_charge(OrderedJson& price, const std::string& charge, double usd) {
  const bool by_token = std::find(per_token.begin(), per_token.end(), charge) != per_token.end();
  if (by_token) {
    price[charge + "_usd_per_million"] = rounded(usd * 1e6);
  } else {
    price[charge + "_usd_per_unit"] = rounded(usd);
  }
}

// 90: "01:30".
std::string clock_time(int minutes) {
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

OrderedJson override_object(const catalog::PriceOverride& entry) {
  OrderedJson out = OrderedJson::object();
  if (entry.above_prompt_tokens > 0) out["above_prompt_tokens"] = entry.above_prompt_tokens;
  if (entry.utc_start) out["utc_from"] = clock_time(*entry.utc_start);
  if (entry.utc_end) out["utc_until"] = clock_time(*entry.utc_end);
  if (!entry.utc_days.empty()) out["utc_days"] = entry.utc_days;
  put(out, "prompt_usd_per_million", entry.prompt_usd_per_million);
  put(out, "completion_usd_per_million", entry.completion_usd_per_million);
  for (const auto& [charge, usd] : entry.other_usd_per_unit) put_charge(out, charge, usd);
  return out;
}

OrderedJson price_object(const catalog::Price& price) {
  OrderedJson out = OrderedJson::object();
  put(out, "prompt_usd_per_million", price.prompt_usd_per_million);
  put(out, "completion_usd_per_million", price.completion_usd_per_million);
  if (price.variable) out["varies"] = true;
  for (const auto& [charge, usd] : price.other_usd_per_unit) {
    if (usd != 0) put_charge(out, charge, usd);
  }
  for (const auto& entry : price.overrides) out["overrides"].push_back(override_object(entry));
  return out;
}

OrderedJson reasoning_object(const catalog::Reasoning& reasoning) {
  OrderedJson out = {{"mandatory", reasoning.mandatory}};
  if (reasoning.default_enabled) out["default_enabled"] = *reasoning.default_enabled;
  if (!reasoning.supported_efforts.empty()) out["supported_efforts"] = reasoning.supported_efforts;
  if (!reasoning.default_effort.empty()) out["default_effort"] = reasoning.default_effort;
  return out;
}

std::optional<OrderedJson> benchmark_object(const catalog::Benchmarks& benchmarks) {
  OrderedJson out = OrderedJson::object();
  put(out, "intelligence_index", benchmarks.intelligence_index);
  put(out, "coding_index", benchmarks.coding_index);
  put(out, "agentic_index", benchmarks.agentic_index);
  return out.empty() ? std::nullopt : std::optional(out);
}

OrderedJson endpoint_row(const Endpoint& e, std::optional<bool> keeps_nothing) {
  OrderedJson max_out = nullptr;
  if (e.max_completion_tokens) max_out = *e.max_completion_tokens;
  return {e.provider,
          e.tag,
          e.quantization,
          e.context_length,
          max_out,
          number_or_null(e.price.prompt_usd_per_million),
          number_or_null(e.price.completion_usd_per_million),
          number_or_null(e.uptime_percent),
          number_or_null(e.latency_ms),
          number_or_null(e.throughput_tokens_per_s),
          e.status,
          keeps_nothing ? OrderedJson(*keeps_nothing) : nullptr};
}

std::string endpoint_line(const Endpoint& e, bool keeps_nothing) {
  return fmt::format("- {} ({}): {} context, ${}/${}, uptime {}%, latency {} ms, {} tokens/s{}{}\n",
                     e.provider, e.tag, short_count(e.context_length),
                     short_price(e.price.prompt_usd_per_million),
                     short_price(e.price.completion_usd_per_million), short_price(e.uptime_percent),
                     short_price(e.latency_ms), short_price(e.throughput_tokens_per_s),
                     e.status < 0 ? ", degraded" : "", keeps_nothing ? ", keeps no data" : "");
}

// The catalogue's record, or the ids that may have been meant.
const Model& known_model(const catalog::ModelList& list, const catalog::ModelTarget& target,
                         const catalog::Catalog& catalog) {
  if (const Model* found = catalog::find_model(list, target.id)) return *found;
  std::vector<std::string> near;
  for (const std::string& id : catalog::nearest_ids(list, target.id)) {
    near.push_back(catalog.target_of(target.gateway, id));
  }
  const std::string advice =
      near.empty() ? "Search with list_models."
                   : fmt::format("Nearest: {}. Or search with list_models.", joined(near, ", "));
  throw catalog::Refused(
      catalog::Kind::not_found,
      fmt::format("{} has no model \"{}\"", target.gateway.name(), quoted(target.id, 100)),
      advice + catalog.no_such_gateway(target));
}

Result described(const Model& model, std::string id) {
  Result result;
  result.id = std::move(id);
  result.name = model.name;
  result.description = model.description;
  result.alias_target = unless_empty(model.alias_target);
  result.context_length = model.context_length;
  result.max_completion_tokens = model.max_completion_tokens;
  result.input_modalities = model.input_modalities;
  result.output_modalities = model.output_modalities;
  result.supported_parameters = model.supported_parameters;
  result.price = price_object(model.price);
  if (model.reasoning) result.reasoning = reasoning_object(*model.reasoning);
  result.benchmarks = benchmark_object(model.benchmarks);
  result.created = utc_date(model.created);
  result.knowledge_cutoff = unless_empty(model.knowledge_cutoff);
  result.expiration_date = unless_empty(model.expiration_date);
  return result;
}

std::string or_unknown(const std::string& text) { return text.empty() ? "?" : text; }

std::string text_of(const Result& r, const std::string& endpoint_lines) {
  std::string text = fmt::format("{} ({})\n", r.id, quoted(r.name, 200));
  if (!r.description.empty()) text += quoted(r.description, 600) + "\n";
  text +=
      fmt::format("context {} tokens, output at most {} tokens\n", short_count(r.context_length),
                  short_count(r.max_completion_tokens.value_or(0)));
  text += fmt::format("modalities {} > {}\n", or_unknown(joined(r.input_modalities, "+")),
                      or_unknown(joined(r.output_modalities, "+")));
  text += fmt::format("price {}\n", r.price.empty() ? "unknown" : mcp::dump(r.price));
  if (r.reasoning) text += fmt::format("reasoning {}\n", mcp::dump(*r.reasoning));
  if (r.benchmarks) text += fmt::format("benchmarks {}\n", mcp::dump(*r.benchmarks));
  text += fmt::format("parameters {}\n", joined(r.supported_parameters, " "));
  text +=
      fmt::format("created {}, knowledge until {}{}\n", r.created, r.knowledge_cutoff.value_or("?"),
                  r.expiration_date ? ", EXPIRES " + *r.expiration_date : "");
  if (r.alias_target) text += fmt::format("now stands for {}\n", *r.alias_target);
  text += r.endpoints_problem ? "providers: " + *r.endpoints_problem + "\n"
                              : fmt::format("{} providers\n{}", r.endpoints.size(), endpoint_lines);
  return text + fmt::format("catalogue {}, {}", r.source, r.as_of);
}

// Which of the providers keep nothing of a prompt, as `provider: {zdr: true}` demands it; null
// where the gateway does not tell.
std::shared_ptr<const catalog::ModelIds> without_retention(catalog::Gateway& gateway,
                                                           const std::stop_token& stop) {
  try {
    return gateway.listing(catalog::Listing::zero_retention_endpoints, stop);
  } catch (const catalog::Refused&) {
  } catch (const catalog::UpstreamError&) {
  }
  return nullptr;
}

std::optional<bool> keeps_nothing(const catalog::ModelIds* listed, const Model& model,
                                  const Endpoint& endpoint) {
  if (listed == nullptr) return std::nullopt;
  const std::string& id = model.alias_target.empty() ? model.id : model.alias_target;
  return std::find(listed->begin(), listed->end(), catalog::endpoint_id(id, endpoint.tag)) !=
         listed->end();
}

// The providers are a second request; a model is worth showing without them.
std::string add_endpoints(const catalog::ModelTarget& target, const Model& model, Result& result,
                          std::stop_token stop) {
  std::string lines;
  try {
    const std::vector<Endpoint> endpoints = target.gateway.endpoints(model.id, stop);
    const auto listed = endpoints.empty() ? nullptr : without_retention(target.gateway, stop);
    for (const Endpoint& endpoint : endpoints) {
      if (result.endpoints.size() == most_endpoints) break;
      const auto nothing = keeps_nothing(listed.get(), model, endpoint);
      result.endpoints.push_back(endpoint_row(endpoint, nothing));
      lines += endpoint_line(endpoint, nothing.value_or(false));
    }
  } catch (const catalog::UpstreamError& error) {
    result.endpoints_problem =
        fmt::format("{}: {}", catalog::name(error.kind), error.what_happened);
  }
  return lines;
}

Reply<Result> get_model(Program& program, mcp::Call& call, const Arguments& arguments) {
  const catalog::ModelTarget target = program.catalog().resolve_model(arguments.id);
  const auto list = target.gateway.models(call.stop_token());
  const Model& model = known_model(*list, target, program.catalog());
  Result result = described(model, program.catalog().target_of(target.gateway, model.id));
  const std::string lines = add_endpoints(target, model, result, call.stop_token());
  result.as_of = utc_time(list->as_of);
  result.source = catalog::name(list->source);
  std::string text = text_of(result, lines);
  return {std::move(result), std::move(text)};
}

}  // namespace

mcp::Tool get_model_tool(Program& program) {
  return make_tool(
      {"get_model", "Get model",
       "One model whole: limits, parameters, prices, reasoning, benchmarks, and its providers with "
       "price, latency, throughput and uptime.",
       lookup},
      program, get_model);
}

}  // namespace tools
