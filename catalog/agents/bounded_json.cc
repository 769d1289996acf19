#include "catalog/agents/bounded_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "catalog/clean_text.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_id = 512;
constexpr std::size_t most_values = 1'000'000;

}  // namespace

// One pass over the raw text, before anything is allocated for it.
bool within_bounds(std::string_view text, std::size_t max_values) {
  std::size_t depth = 0;
  std::size_t values = 1;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++values;
      if (++depth > max_depth) return false;
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == ',') {
      ++values;
    }
    if (values > max_values) return false;
  }
  return true;
}

std::optional<json> parse_bounded(std::string_view text) {
  if (!within_bounds(text, most_values)) return std::nullopt;
  json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

const json* member(const json& object, Names names) {
  if (!object.is_object()) return nullptr;
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end() && !found->is_null()) return &*found;
  }
  return nullptr;
}

const json* list_member(const json& object, Names names) {
  const json* value = member(object, names);
  return value != nullptr && value->is_array() ? value : nullptr;
}

std::string text_member(const json& object, Names names, std::size_t max_bytes) {
  const json* value = member(object, names);
  if (value == nullptr || !value->is_string()) return {};
  return clean_text(cut_text(value->get_ref<const std::string&>(), max_bytes));
}

std::string id_member(const json& object, Names names) {
  const json* value = member(object, names);
  if (value == nullptr || !value->is_string()) return {};
  const std::string& id = value->get_ref<const std::string&>();
  const bool plain = std::none_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  return plain && id.size() <= max_id && clean_text(id) == id ? id : std::string();
}

bool flag_member(const json& object, Names names) {
  const json* value = member(object, names);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<double> number_member(const json& object, Names names) {
  const json* value = member(object, names);
  if (value == nullptr) return std::nullopt;
  double number = 0;
  if (value->is_number()) {
    number = value->get<double>();
  } else if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string cut_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace catalog
