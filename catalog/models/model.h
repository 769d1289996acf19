// A model as Patchbay knows it: only what the tools show or check, decoded leniently from a
// gateway's record (OpenRouter `GET /models`), so that an upstream change cannot break or alter our
// output.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace catalog {

// Charges that take the place of the usual ones while all its conditions hold (OpenRouter API,
// `pricing.overrides`). What it does not name stays as it was.
struct PriceOverride {
  std::int64_t above_prompt_tokens = 0;  // only for more than these
  std::optional<int> utc_start;          // minutes of the day; both or none, may wrap midnight
  std::optional<int> utc_end;            // … until before this one
  std::vector<std::string> utc_days;     // "mon" …; empty: every day
  std::optional<double> prompt_usd_per_million;
  std::optional<double> completion_usd_per_million;
  std::map<std::string, double> other_usd_per_unit;
};

// $ per million tokens. On the wire prices are decimal strings in $ per token, and "-1" marks a
// router, whose price depends on where it sends the prompt.
struct Price {
  std::optional<double> prompt_usd_per_million;      // absent: unknown
  std::optional<double> completion_usd_per_million;  // absent: unknown
  bool variable = false;                             // a router's "-1"
  // The other charges, as the gateway names them ("web_search", "image", "input_cache_read"), in $
  // per unit, per token or per request as the gateway documents it.
  std::map<std::string, double> other_usd_per_unit;
  std::vector<PriceOverride> overrides;  // later ones win

  bool free() const;  // every known charge is zero, and prompt and completion are known
};

struct Reasoning {
  bool mandatory = false;
  std::optional<bool> default_enabled;
  std::vector<std::string> supported_efforts;  // empty: all
  std::string default_effort;
};

struct Benchmarks {  // Artificial Analysis indices, higher is better
  std::optional<double> intelligence_index;
  std::optional<double> coding_index;
  std::optional<double> agentic_index;
};

struct Model {
  std::string id;  // routable slug: author/name[:variant]
  std::string name;
  std::string description;          // cut at about 200 characters by the gateway's list
  std::string alias_target;         // for ~author/family-latest
  std::int64_t created = 0;         // unix seconds
  std::int64_t context_length = 0;  // tokens; 0: unknown
  std::optional<std::int64_t> max_completion_tokens;
  std::vector<std::string> input_modalities;
  std::vector<std::string> output_modalities;
  std::vector<std::string> supported_parameters;
  Price price;
  std::optional<Reasoning> reasoning;  // absent: not a reasoning model, or a router
  Benchmarks benchmarks;
  std::string knowledge_cutoff;  // "YYYY-MM-DD" or ""
  std::string expiration_date;   // "YYYY-MM-DD" or ""
  bool moderated = false;

  std::string_view author() const;  // the part before "/", without a leading "~"
  bool supports(std::string_view parameter) const;
  bool free() const;  // the id ends in ":free" (OpenRouter's rule)
};

// One record of `GET /models`; nothing when it has no usable id. Never throws on odd fields.
std::optional<Model> decode_model(const nlohmann::json& record);

// The `pricing` object of a model or an endpoint: decimal strings (or numbers) in $ per token
// become $ per million, "0.00000125" exactly 1.25. What is negative, absurd or no number counts as
// unknown; charges of zero are left out of `other_usd_per_unit`; an endpoint's `discount` is taken
// off.
Price decode_price(const nlohmann::json& pricing);

// A whole reply of `GET /models`, in the gateway's order: `{data: [record]}`, or a bare array as
// some OpenAI-shaped servers send. Nothing when it is not JSON of that shape. Records are decoded
// while the text is parsed, so no tree of the whole is ever held.
std::optional<std::vector<Model>> decode_models(std::string_view reply);

enum class Source { live, cached, stale, bundled };
std::string_view name(Source source);

struct ModelList {
  std::vector<Model> models;  // in the gateway's order
  std::chrono::system_clock::time_point as_of;
  Source source = Source::live;
};

// A provider that serves a model (`GET /models/{id}/endpoints`).
struct Endpoint {
  std::string provider;
  std::string tag;  // the slug for `provider.order`, `only` and `ignore`
  std::string quantization;
  std::int64_t context_length = 0;
  std::optional<std::int64_t> max_completion_tokens;
  Price price;
  std::optional<double> uptime_percent;           // last 30 minutes
  std::optional<double> latency_ms;               // p50, last 30 minutes; only with a key
  std::optional<double> throughput_tokens_per_s;  // p50, last 30 minutes; only with a key
  int status = 0;                                 // 0 ok, negative: degraded
};

// A whole reply of `GET /models/{id}/endpoints`: `{data: {endpoints: [record]}}`. Nothing when it
// is not JSON of that shape; records without a provider are left out.
std::optional<std::vector<Endpoint>> decode_endpoints(std::string_view reply);

}  // namespace catalog
