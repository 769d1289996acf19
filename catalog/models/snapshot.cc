#include "catalog/models/snapshot.h"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace catalog {

// Defined in a source that the build makes from snapshot.json (embed_snapshot.cmake).
extern const unsigned char snapshot_bytes[];
extern const std::size_t snapshot_size;

namespace {

using nlohmann::json;

struct Tables {
  std::vector<std::string> modalities, parameters, efforts;
};

std::vector<std::string> texts(const json& document, const char* key) {
  std::vector<std::string> result;
  const auto found = document.find(key);
  if (found == document.end() || !found->is_array()) return result;
  for (const json& text : *found) result.push_back(text.is_string() ? text.get<std::string>() : "");
  return result;
}

std::optional<double> number(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::int64_t count(const json& value) {
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::string text(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// The words whose bits are set.
std::vector<std::string> words(const json& bits, const std::vector<std::string>& table) {
  const auto set = static_cast<std::uint64_t>(count(bits));
  std::vector<std::string> result;
  for (std::size_t i = 0; i < table.size() && i < 63; ++i) {
    if ((set >> i & 1) != 0) result.push_back(table[i]);
  }
  return result;
}

// One row, its values found by the names of the columns.
class Row {
 public:
  Row(const std::map<std::string, std::size_t>& columns, const json& values)
      : columns_(columns), values_(values) {}

  const json& operator[](const char* column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? nothing_ : element(values_, found->second);
  }
  const json& element(const json& values, std::size_t index) const {
    return values.is_array() && index < values.size() ? values[index] : nothing_;
  }

 private:
  const std::map<std::string, std::size_t>& columns_;
  const json& values_;
  const json nothing_;
};

Price decode_row_price(const Row& row) {
  Price price;
  price.prompt_usd_per_million = number(row["prompt"]);
  price.completion_usd_per_million = number(row["completion"]);
  price.variable = price.prompt_usd_per_million == -1.0 || price.completion_usd_per_million == -1.0;
  if (price.prompt_usd_per_million < 0.0) price.prompt_usd_per_million.reset();
  if (price.completion_usd_per_million < 0.0) price.completion_usd_per_million.reset();
  for (const auto& [key, value] : row["other_charges"].items()) {
    if (const auto dollars = number(value)) price.other_usd_per_unit.emplace(key, *dollars);
  }
  return price;
}

std::optional<Reasoning> decode_row_reasoning(const Row& row, const Tables& tables) {
  const json& values = row["reasoning"];
  if (!values.is_array()) return std::nullopt;
  Reasoning reasoning;
  reasoning.mandatory = count(row.element(values, 0)) == 1;
  if (const auto enabled = number(row.element(values, 1)))
    reasoning.default_enabled = *enabled == 1;
  reasoning.supported_efforts = words(row.element(values, 2), tables.efforts);
  reasoning.default_effort = text(row.element(values, 3));
  return reasoning;
}

Benchmarks decode_row_benchmarks(const Row& row) {
  const json& values = row["benchmarks"];
  return {number(row.element(values, 0)), number(row.element(values, 1)),
          number(row.element(values, 2))};
}

Model decode_row(const Row& row, const Tables& tables) {
  Model model;
  model.id = text(row["id"]);
  model.name = text(row["name"]);
  model.alias_target = text(row["alias_target"]);
  model.created = count(row["created"]);
  model.context_length = count(row["context_length"]);
  if (const auto most = count(row["max_completion_tokens"])) model.max_completion_tokens = most;
  model.input_modalities = words(row["input_modalities"], tables.modalities);
  model.output_modalities = words(row["output_modalities"], tables.modalities);
  model.supported_parameters = words(row["supported_parameters"], tables.parameters);
  model.price = decode_row_price(row);
  model.reasoning = decode_row_reasoning(row, tables);
  model.benchmarks = decode_row_benchmarks(row);
  model.knowledge_cutoff = text(row["knowledge_cutoff"]);
  model.expiration_date = text(row["expiration_date"]);
  model.moderated = count(row["moderated"]) == 1;
  return model;
}

std::optional<std::chrono::system_clock::time_point> midnight(const std::string& date) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(date.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return std::nullopt;
  const std::chrono::year_month_day parsed{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
  if (!parsed.ok() || year < 1970 || year > 2200) return std::nullopt;  // what a time point holds
  return std::chrono::sys_days(parsed);
}

std::map<std::string, std::size_t> column_positions(const json& document) {
  std::map<std::string, std::size_t> positions;
  for (const std::string& column : texts(document, "columns")) {
    positions.emplace(column, positions.size());
  }
  return positions;
}

}  // namespace

std::shared_ptr<const ModelList> decode_snapshot(std::string_view snapshot) {
  const json document = json::parse(snapshot, nullptr, false);
  if (!document.is_object()) return nullptr;
  const auto as_of = midnight(document.contains("as_of") ? text(document["as_of"]) : "");
  const auto rows = document.find("models");
  if (!as_of || rows == document.end() || !rows->is_array()) return nullptr;
  const Tables tables{texts(document, "modalities"), texts(document, "parameters"),
                      texts(document, "efforts")};
  const auto columns = column_positions(document);
  auto list = std::make_shared<ModelList>(ModelList{{}, *as_of, Source::bundled});
  list->models.reserve(rows->size());
  for (const json& values : *rows) {
    Model model = decode_row(Row(columns, values), tables);
    if (!model.id.empty()) list->models.push_back(std::move(model));
  }
  return list;
}

std::shared_ptr<const ModelList> bundled_models() {
  return decode_snapshot({reinterpret_cast<const char*>(snapshot_bytes), snapshot_size});
}

}  // namespace catalog
