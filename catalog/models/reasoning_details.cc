#include "catalog/models/reasoning_details.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"

namespace catalog {
namespace {

using Json = nlohmann::ordered_json;  // its members stay in the order they came in

constexpr std::size_t most_bytes = std::size_t{1} << 20;
// Each is looked for among the others, so many of them would cost the square of their number.
constexpr std::size_t most_values = 4096;  // of one piece
constexpr std::size_t most_entries = 100;
constexpr std::size_t most_members = 100;

bool comes_in_pieces(std::string_view key) {
  return key == "text" || key == "summary" || key == "data";
}

bool same(const Json& entry, const Json& piece) {
  return piece.contains("index") && entry.value("index", Json()) == piece["index"] &&
         entry.value("type", Json()) == piece.value("type", Json());
}

void join(Json& entry, const Json& piece) {
  for (const auto& [key, value] : piece.items()) {
    Json& known = entry[key];
    if (comes_in_pieces(key) && known.is_string() && value.is_string()) {
      known.get_ref<std::string&>() += value.get_ref<const std::string&>();
    } else if (!value.is_null() || known.is_null()) {
      known = value;
    }
  }
}

// False when there are more than anybody honest sends.
bool add(Json& entries, const Json& piece) {
  if (!piece.is_object()) return true;
  const auto known = std::find_if(entries.begin(), entries.end(),
                                  [&](const Json& entry) { return same(entry, piece); });
  if (known == entries.end()) {
    entries.push_back(piece);
    return entries.size() <= most_entries;
  }
  join(*known, piece);
  return known->size() <= most_members;
}

}  // namespace

std::string joined_reasoning(const std::vector<std::string>& pieces) {
  std::size_t bytes = 0;
  for (const std::string& piece : pieces) bytes += piece.size();
  if (bytes > most_bytes) return {};
  Json entries = Json::array();
  for (const std::string& piece : pieces) {
    if (!within_bounds(piece, most_values)) return {};
    const Json array = Json::parse(piece, nullptr, false);
    if (!array.is_array()) continue;
    for (const Json& each : array) {
      if (!add(entries, each)) return {};
    }
  }
  if (entries.empty()) return {};
  return entries.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace catalog
