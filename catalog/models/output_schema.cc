#include "catalog/models/output_schema.h"

// Without it the library aborts the program where a schema is odd.
#define VALIJSON_USE_EXCEPTIONS 1

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <vector>

#include "catalog/agents/bounded_json.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr std::size_t longest_schema = 64 * 1024;
constexpr std::size_t longest_answer = 1024 * 1024;
constexpr int most_depth = 32;
constexpr int most_schemas = 2000;  // once what is referred to stands in its place
constexpr std::size_t most_complaints = 5;
// The library keeps every complaint, some hundred bytes for each value at each schema it was held
// against: an answer of a megabyte could take gigabytes.
constexpr std::size_t most_kept_complaints = 200'000;
constexpr std::size_t longest_complaint = 1000;

[[noreturn]] void refuse(Kind kind, std::string why) {
  throw Refused(kind, "arguments.output_schema " + why,
                "Give a plain, self-contained JSON Schema.");
}

// The keywords by what stands behind them.
constexpr std::array plain = {"type",      "enum",      "const",         "required",
                              "minItems",  "maxItems",  "minimum",       "maximum",
                              "minLength", "maxLength", "minProperties", "maxProperties"};
constexpr std::array bounds = {"exclusiveMinimum", "exclusiveMaximum"};
constexpr std::array one_schema = {
    "additionalProperties", "additionalItems", "not", "if", "then", "else", "contains",
    "propertyNames"};
constexpr std::array several_schemas = {"allOf", "anyOf", "oneOf"};

// Makes the copy that is checked by: only keywords that are safe to check, and what a `$ref` names
// in its place.
class Reduction {
 public:
  explicit Reduction(const json& root) : root_(root) {}

  std::size_t schemas() const { return static_cast<std::size_t>(std::max(1, schemas_)); }

  json reduced(const json& schema) {
    if (schema.is_boolean()) return schema;
    if (!schema.is_object()) refuse(Kind::invalid_arguments, "is not a JSON Schema");
    if (++schemas_ > most_schemas || ++depth_ > most_depth) {
      refuse(Kind::too_long, "is too large or nests too deep");
    }
    const auto ref = schema.find("$ref");
    json out = ref == schema.end() ? members(schema) : referred(*ref);
    --depth_;
    return out;
  }

 private:
  json referred(const json& ref) {
    const std::string where = ref.is_string() ? ref.get<std::string>() : "";
    if (!where.starts_with('#') || where.size() > 500) {
      refuse(Kind::invalid_arguments, "refers to another document, which is never fetched");
    }
    if (std::find(open_.begin(), open_.end(), where) != open_.end()) {
      refuse(Kind::invalid_arguments, "contains itself");
    }
    open_.push_back(where);
    json out = reduced(named(where.substr(1)));
    open_.pop_back();
    return out;
  }

  const json& named(const std::string& pointer) const {
    try {
      return root_.at(json::json_pointer(pointer));
    } catch (const json::exception&) {
      refuse(Kind::invalid_arguments, "refers to a part that it does not have");
    }
  }

  json members(const json& schema) {
    json out = json::object();
    for (const char* key : plain) {
      if (schema.contains(key)) out[key] = schema[key];
    }
    for (const char* key : bounds) {
      if (schema.contains(key) && schema[key].is_number()) out[key] = schema[key];
    }
    for (const char* key : one_schema) {
      if (schema.contains(key)) out[key] = reduced(schema[key]);
    }
    for (const char* key : several_schemas) {
      if (schema.contains(key)) out[key] = list(schema[key]);
    }
    if (schema.contains("properties")) out["properties"] = named_schemas(schema["properties"]);
    add_items(schema, out);
    // These names are not checked by what stands here alone.
    if (schema.contains("patternProperties")) out.erase("additionalProperties");
    return out;
  }

  void add_items(const json& schema, json& out) {
    if (schema.contains("prefixItems")) return void(out.erase("additionalItems"));
    const auto items = schema.find("items");
    if (items == schema.end()) return;
    out["items"] = items->is_array() ? list(*items) : reduced(*items);
  }

  json list(const json& schemas) {
    if (!schemas.is_array()) refuse(Kind::invalid_arguments, "is not a JSON Schema");
    json out = json::array();
    for (const json& each : schemas) out.push_back(reduced(each));
    return out;
  }

  json named_schemas(const json& schemas) {
    if (!schemas.is_object()) refuse(Kind::invalid_arguments, "is not a JSON Schema");
    json out = json::object();
    for (const auto& [name, schema] : schemas.items()) out[name] = reduced(schema);
    return out;
  }

  const json& root_;
  std::vector<std::string> open_;  // the references that are being followed
  int depth_ = 0;
  int schemas_ = 0;
};

// "```json\n{}\n```" -> "{}"; what has no fence around it stays.
std::string_view without_fence(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  constexpr std::string_view fence = "```";
  const auto trim = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    text = text.substr(0, text.find_last_not_of(space) + 1);
  };
  trim();
  if (!text.starts_with(fence) || !text.ends_with(fence)) return text;
  const auto line = text.find('\n');
  if (line == std::string_view::npos || text.size() < line + fence.size()) return text;
  text = text.substr(line + 1, text.size() - line - 1 - fence.size());
  trim();
  return text;
}

std::string where(const std::vector<std::string>& context) {
  std::string path = "answer";  // the first is "<root>"
  for (std::size_t i = 1; i < context.size() && path.size() < 200; ++i) path += context[i];
  return path;
}

std::string complaints(const valijson::ValidationResults& results) {
  std::string text;
  std::size_t told = 0;
  for (const auto& error : results) {
    if (++told > most_complaints) break;
    if (!text.empty()) text += '\n';
    text += where(error.context) + ": " + error.description;
  }
  return cut_text(text, longest_complaint);
}

}  // namespace

struct OutputSchema::Compiled {
  valijson::Schema schema;
  std::size_t schemas = 1;  // in it, nested ones too
};

OutputSchema::OutputSchema(const json& schema) : text_(dumped(schema)) {
  if (text_.size() > longest_schema) refuse(Kind::too_long, "is longer than 64 KiB");
  Reduction reduction(schema);
  const json reduced = reduction.reduced(schema);
  const auto compiled = std::make_shared<Compiled>();
  compiled->schemas = reduction.schemas();
  try {
    valijson::SchemaParser().populateSchema(Adapter(reduced), compiled->schema);
  } catch (const std::exception& problem) {
    refuse(Kind::invalid_arguments, fmt::format("is not a JSON Schema: {}", problem.what()));
  }
  compiled_ = compiled;
}

OutputSchema::Checked OutputSchema::check(std::string_view answer) const {
  const std::string_view text = without_fence(answer);
  if (text.size() > longest_answer) return {{}, "It is longer than 1 MiB."};
  const auto value = parse_bounded(text);
  if (!value) return {{}, "It is not JSON, or it is cut off."};
  valijson::Validator validator;
  if (validator.validate(compiled_->schema, Adapter(*value), nullptr)) {
    return {std::string(text), {}};
  }
  if (!within_bounds(text, most_kept_complaints / compiled_->schemas)) {
    return {{}, "It does not fit the schema, and is too large to say where."};
  }
  valijson::ValidationResults results;
  validator.validate(compiled_->schema, Adapter(*value), &results);
  const std::string told = complaints(results);
  return {{}, told.empty() ? "It does not fit the schema." : told};
}

}  // namespace catalog
