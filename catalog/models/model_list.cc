#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "catalog/models/model.h"

namespace catalog {
namespace {

using nlohmann::json;
using Event = json::parse_event_t;

constexpr std::size_t most_models = 20'000;
constexpr int deepest = 16;  // of the whole reply; real ones use 6

// The members of a record that decode_model reads. The others, above all the arena tables that are
// most of the reply, are dropped before they are built.
bool is_wanted(const std::string& key) {
  static constexpr std::array<std::string_view, 17> wanted = {"id",
                                                              "name",
                                                              "description",
                                                              "alias_target",
                                                              "created",
                                                              "pricing",
                                                              "reasoning",
                                                              "context_length",
                                                              "top_provider",
                                                              "architecture",
                                                              "benchmarks",
                                                              "max_model_len",
                                                              "supported_parameters",
                                                              "context_window",
                                                              "knowledge_cutoff",
                                                              "expiration_date",
                                                              "data"};
  return std::find(wanted.begin(), wanted.end(), key) != wanted.end();
}

// Listens to the parser: turns each record into a Model as soon as it is complete, then lets the
// parser forget it.
class RecordReader {
 public:
  bool keep(int depth, Event event, json& parsed) {
    switch (event) {
      case Event::key:
        return keep_member(depth, parsed);
      case Event::object_start:
        return depth < deepest;
      case Event::array_start:
        return starts_array(depth);
      case Event::object_end:
        return !ends_record(depth, parsed);
      default:
        return true;
    }
  }

  bool found_list() const { return record_depth_ > 0; }
  std::vector<Model> models;

 private:
  bool keep_member(int depth, const json& key) {
    const auto& text = key.get_ref<const std::string&>();
    if (depth == 1) in_data_ = text == "data";
    if (depth == 1) return in_data_;
    return depth == record_depth_ + 1 ? is_wanted(text) : text != "design_arena";
  }

  // The array of records: the value of the member `data` of the root, or the root itself.
  bool starts_array(int depth) {
    if (depth == 0) record_depth_ = 1;
    if (depth == 1 && in_data_ && record_depth_ == 0) record_depth_ = 2;
    return depth < deepest;
  }

  bool ends_record(int depth, const json& record) {
    if (record_depth_ == 0 || depth != record_depth_) return false;
    if (models.size() < most_models) {
      if (auto model = decode_model(record)) models.push_back(*std::move(model));
    }
    return true;
  }

  int record_depth_ = 0;
  bool in_data_ = false;
};

}  // namespace

std::optional<std::vector<Model>> decode_models(std::string_view reply) {
  RecordReader reader;
  const json rest = json::parse(
      reply,
      [&reader](int depth, Event event, json& parsed) { return reader.keep(depth, event, parsed); },
      false);
  if (rest.is_discarded() || !reader.found_list()) return std::nullopt;
  reader.models.shrink_to_fit();
  return std::move(reader.models);
}

}  // namespace catalog
