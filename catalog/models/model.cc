#include "catalog/models/model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t longest_id = 200;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_description = 1000;
constexpr std::size_t most_words = 64;  // modalities, parameters, efforts, charges of one model
constexpr double largest_usd = 1e9;     // beyond it a price is nonsense

const json& member(const json& object, const char* key) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

// At most `longest` bytes, not ending within a UTF-8 character.
std::string cut(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string text_of(const json& value, std::size_t longest) {
  return value.is_string() ? cut(value.get_ref<const std::string&>(), longest) : std::string();
}

std::vector<std::string> words_of(const json& value) {
  std::vector<std::string> words;
  if (!value.is_array()) return words;
  for (const json& word : value) {
    if (words.size() == most_words) break;
    if (word.is_string() && !word.get_ref<const std::string&>().empty()) {
      words.push_back(text_of(word, longest_name));
    }
  }
  words.shrink_to_fit();
  return words;
}

std::optional<double> number_of(const json& value) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> count_of(const json& value) {
  const std::optional<double> number = number_of(value);
  if (!number || *number <= 0 || *number > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<bool> truth_of(const json& value) {
  return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

bool is_decimal(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789.eE+-") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

// A decimal times ten to the `shift`. The exponent is moved in the text and the text is converted
// once, so the result is the double nearest to the true decimal: 0.00000125 shifted by six is 1.25,
// which a multiplication would miss.
std::optional<double> shifted(std::string_view decimal, int shift) {
  if (!is_decimal(decimal)) return std::nullopt;
  const std::size_t e = decimal.find_first_of("eE");
  std::string text(decimal.substr(0, e));
  if (e != std::string_view::npos) {
    const long exponent = std::strtol(std::string(decimal.substr(e + 1)).c_str(), nullptr, 10);
    shift += static_cast<int>(std::clamp(exponent, -400L, 400L));
  }
  text += 'e' + std::to_string(shift);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

// A price on the wire, times ten to the `shift`. May be negative: -1 marks a router.
std::optional<double> price_of(const json& value, int shift) {
  if (value.is_string()) return shifted(value.get_ref<const std::string&>(), shift);
  if (value.is_number()) return shifted(value.dump(), shift);
  return std::nullopt;
}

std::optional<double> charge(const json& value, int shift) {
  const std::optional<double> price = price_of(value, shift);
  return price && *price >= 0 && *price <= largest_usd ? price : std::nullopt;
}

bool is_variable(const json& value) { return price_of(value, 0) == -1.0; }

// Conditions and what is kept elsewhere, not charges.
bool is_charge(const std::string& key) {
  static constexpr std::array<std::string_view, 8> others = {
      "prompt",    "completion", "discount", "overrides", "min_prompt_tokens",
      "utc_start", "utc_end",    "utc_days"};
  return std::find(others.begin(), others.end(), key) == others.end();
}

void decode_other_charges(const json& pricing, std::map<std::string, double>& charges) {
  for (const auto& [key, value] : pricing.items()) {
    if (!is_charge(key)) continue;
    if (charges.size() == most_words || key.size() > longest_name) continue;
    const std::optional<double> dollars = charge(value, 0);
    if (dollars && *dollars > 0) charges.emplace(key, *dollars);
  }
}

// "HHMM", as a text or a number, in minutes.
std::optional<int> minutes_of(const json& value) {
  const std::optional<double> number = price_of(value, 0);
  if (!number || *number < 0 || *number > 2400) return std::nullopt;
  const int time = static_cast<int>(*number);
  return time / 100 * 60 + time % 100;
}

// "Mon", "MONDAY": "mon".
std::vector<std::string> days_of(const json& value) {
  std::vector<std::string> days = words_of(value);
  for (std::string& day : days) {
    day.resize(std::min<std::size_t>(day.size(), 3));
    for (char& c : day) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  // Days written otherwise: none that can be known to be today.
  if (days.empty() && value.is_array() && !value.empty()) days.emplace_back("?");
  return days;
}

PriceOverride decode_override(const json& entry) {
  PriceOverride result;
  result.above_prompt_tokens = count_of(member(entry, "min_prompt_tokens")).value_or(0);
  result.utc_start = minutes_of(member(entry, "utc_start"));
  result.utc_end = minutes_of(member(entry, "utc_end"));
  result.utc_days = days_of(member(entry, "utc_days"));
  result.prompt_usd_per_million = charge(member(entry, "prompt"), 6);
  result.completion_usd_per_million = charge(member(entry, "completion"), 6);
  decode_other_charges(entry, result.other_usd_per_unit);
  return result;
}

void decode_overrides(const json& entries, Price& price) {
  if (!entries.is_array()) return;
  for (const json& entry : entries) {
    if (price.overrides.size() == most_words) return;
    if (entry.is_object()) price.overrides.push_back(decode_override(entry));
  }
}

void take_off(double discount, PriceOverride& entry) {
  for (auto* part : {&entry.prompt_usd_per_million, &entry.completion_usd_per_million}) {
    if (*part) **part *= 1 - discount;
  }
  for (auto& [key, dollars] : entry.other_usd_per_unit) dollars *= 1 - discount;
}

void take_off(double discount, Price& price) {
  for (PriceOverride& entry : price.overrides) take_off(discount, entry);
  for (auto* part : {&price.prompt_usd_per_million, &price.completion_usd_per_million}) {
    if (*part) **part *= 1 - discount;
  }
  for (auto& [key, dollars] : price.other_usd_per_unit) dollars *= 1 - discount;
}

std::optional<Reasoning> decode_reasoning(const json& value) {
  if (!value.is_object()) return std::nullopt;
  Reasoning reasoning;
  reasoning.mandatory = truth_of(member(value, "mandatory")).value_or(false);
  reasoning.default_enabled = truth_of(member(value, "default_enabled"));
  reasoning.supported_efforts = words_of(member(value, "supported_efforts"));
  reasoning.default_effort = text_of(member(value, "default_effort"), longest_name);
  return reasoning;
}

Benchmarks decode_benchmarks(const json& value) {
  const json& indices = member(value, "artificial_analysis");
  return {number_of(member(indices, "intelligence_index")),
          number_of(member(indices, "coding_index")), number_of(member(indices, "agentic_index"))};
}

// OpenRouter's field first, then what other OpenAI-shaped servers call it.
std::int64_t decode_context_length(const json& record) {
  for (const json* value : {&member(record, "context_length"),
                            &member(member(record, "top_provider"), "context_length"),
                            &member(record, "max_model_len"), &member(record, "context_window")}) {
    if (const auto tokens = count_of(*value)) return *tokens;
  }
  return 0;
}

bool is_usable_id(const json& value) {
  if (!value.is_string()) return false;
  const auto& id = value.get_ref<const std::string&>();
  return !id.empty() && id.size() <= longest_id && std::none_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
}

// Images and videos are not priced by the token: nothing for a token says nothing.
bool is_priced_elsewhere(const Model& model) {
  const auto& out = model.output_modalities;
  const bool writes = out.empty() || std::find(out.begin(), out.end(), "text") != out.end();
  return !writes && model.price.free();
}

std::optional<Endpoint> decode_endpoint(const json& record) {
  Endpoint endpoint;
  endpoint.provider = text_of(member(record, "provider_name"), longest_name);
  if (endpoint.provider.empty()) return std::nullopt;
  endpoint.tag = text_of(member(record, "tag"), longest_name);
  endpoint.quantization = text_of(member(record, "quantization"), longest_name);
  endpoint.context_length = count_of(member(record, "context_length")).value_or(0);
  endpoint.max_completion_tokens = count_of(member(record, "max_completion_tokens"));
  endpoint.price = decode_price(member(record, "pricing"));
  endpoint.uptime_percent = number_of(member(record, "uptime_last_30m"));
  endpoint.latency_ms = number_of(member(member(record, "latency_last_30m"), "p50"));
  endpoint.throughput_tokens_per_s =
      number_of(member(member(record, "throughput_last_30m"), "p50"));
  const double status = number_of(member(record, "status")).value_or(0);
  endpoint.status = static_cast<int>(std::clamp(status, -100.0, 100.0));
  return endpoint;
}

}  // namespace

bool Price::free() const {
  return prompt_usd_per_million == 0.0 && completion_usd_per_million == 0.0 && overrides.empty() &&
         std::all_of(other_usd_per_unit.begin(), other_usd_per_unit.end(),
                     [](const auto& charge) { return charge.second == 0; });
}

std::string_view Model::author() const {
  std::string_view text = id;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  text = text.substr(0, slash);
  if (text.starts_with('~')) text.remove_prefix(1);
  return text;
}

bool Model::supports(std::string_view parameter) const {
  return std::find(supported_parameters.begin(), supported_parameters.end(), parameter) !=
         supported_parameters.end();
}

bool Model::free() const { return std::string_view(id).ends_with(":free"); }

std::string_view name(Source source) {
  static constexpr std::array<std::string_view, 4> names = {"live", "cached", "stale", "bundled"};
  return names[static_cast<std::size_t>(source)];
}

Price decode_price(const json& pricing) {
  Price price;
  if (!pricing.is_object()) return price;
  price.variable =
      is_variable(member(pricing, "prompt")) || is_variable(member(pricing, "completion"));
  price.prompt_usd_per_million = charge(member(pricing, "prompt"), 6);
  price.completion_usd_per_million = charge(member(pricing, "completion"), 6);
  decode_other_charges(pricing, price.other_usd_per_unit);
  decode_overrides(member(pricing, "overrides"), price);
  const double discount = price_of(member(pricing, "discount"), 0).value_or(0);
  if (discount > 0 && discount <= 1) take_off(discount, price);
  return price;
}

std::optional<Model> decode_model(const json& record) {
  if (!is_usable_id(member(record, "id"))) return std::nullopt;
  const json& architecture = member(record, "architecture");
  const json& top_provider = member(record, "top_provider");
  Model model;
  model.id = text_of(member(record, "id"), longest_id);
  model.name = text_of(member(record, "name"), longest_name);
  model.description = text_of(member(record, "description"), longest_description);
  model.alias_target = text_of(member(member(record, "alias_target"), "slug"), longest_id);
  model.created = count_of(member(record, "created")).value_or(0);
  model.context_length = decode_context_length(record);
  model.max_completion_tokens = count_of(member(top_provider, "max_completion_tokens"));
  model.input_modalities = words_of(member(architecture, "input_modalities"));
  model.output_modalities = words_of(member(architecture, "output_modalities"));
  model.supported_parameters = words_of(member(record, "supported_parameters"));
  model.price = decode_price(member(record, "pricing"));
  if (!model.free() && is_priced_elsewhere(model)) model.price = Price();
  model.reasoning = decode_reasoning(member(record, "reasoning"));
  model.benchmarks = decode_benchmarks(member(record, "benchmarks"));
  model.knowledge_cutoff = text_of(member(record, "knowledge_cutoff"), 10);
  model.expiration_date = text_of(member(record, "expiration_date"), 10);
  model.moderated = truth_of(member(top_provider, "is_moderated")).value_or(false);
  return model;
}

std::optional<std::vector<Endpoint>> decode_endpoints(std::string_view reply) {
  constexpr std::size_t most_endpoints = 1000;
  const json document = json::parse(reply, nullptr, false);
  const json& records = member(member(document, "data"), "endpoints");
  if (!records.is_array()) return std::nullopt;
  std::vector<Endpoint> endpoints;
  for (const json& record : records) {
    if (endpoints.size() == most_endpoints) break;
    if (auto endpoint = decode_endpoint(record)) endpoints.push_back(*std::move(endpoint));
  }
  return endpoints;
}

}  // namespace catalog
