#include "mcp/fields.h"

#include <fmt/format.h>

#include <cmath>

namespace mcp {
namespace {

constexpr std::size_t longest_echo = 60;
constexpr std::size_t most_problems = 10;

std::string echoed(const Json& got) {
  if (got.is_object()) return "an object";
  if (got.is_array()) return "an array";
  std::string text = dump(got);
  if (text.size() <= longest_echo) return text;
  text.resize(longest_echo);
  return text += "…";
}

std::string with_range(std::string_view noun, const Limits& limits) {
  const auto& least = limits.minimum;
  const auto& most = limits.maximum;
  if (least && most) return fmt::format("{} from {} to {}", noun, *least, *most);
  if (least) return fmt::format("{} of at least {}", noun, *least);
  if (most) return fmt::format("{} of at most {}", noun, *most);
  return std::string(noun);
}

std::string one_of_text(const Limits& limits) {
  return fmt::format("one of {}", fmt::join(limits.one_of, ", "));
}

bool in_range(double value, const Limits& limits) {
  return std::isfinite(value) && (!limits.minimum || value >= *limits.minimum) &&
         (!limits.maximum || value <= *limits.maximum);
}

// What JSON Schema's maxLength counts (2020-12 validation, 6.3.1).
std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool among(std::string_view value, const Limits& limits) {
  return limits.one_of.empty() ||
         std::find(limits.one_of.begin(), limits.one_of.end(), value) != limits.one_of.end();
}

// How alike two argument names are, by the letters they begin with in common.
std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t n = 0;
  while (n < a.size() && n < b.size() && a[n] == b[n]) ++n;
  return n;
}

OrderedJson number_schema(const char* type, const Limits& limits) {
  OrderedJson schema = {{"type", type}};
  const auto put = [&](const char* keyword, const std::optional<double>& bound) {
    if (!bound) return;
    const auto whole = static_cast<std::int64_t>(*bound);
    if (static_cast<double>(whole) == *bound) {
      schema[keyword] = whole;
    } else {
      schema[keyword] = *bound;
    }
  };
  put("minimum", limits.minimum);
  put("maximum", limits.maximum);
  return schema;
}

OrderedJson string_schema(const Limits& limits) {
  OrderedJson schema = {{"type", "string"}};
  if (!limits.one_of.empty()) schema["enum"] = limits.one_of;
  return schema;
}

}  // namespace

// Arguments of a thousand names would otherwise be answered with a megabyte.
bool Problems::begin_line() {
  if (++count_ > most_problems) return false;
  if (!text_.empty()) text_ += '\n';
  return true;
}

void Problems::add(std::string_view field, std::string_view expected, const Json& got) {
  if (!begin_line()) return;
  text_ += fmt::format("arguments.{}: expected {}, got {}", field, expected, echoed(got));
}

void Problems::add_missing(std::string_view field) {
  if (!begin_line()) return;
  text_ += fmt::format("arguments.{}: required", field);
}

void Problems::add_unknown(std::string_view field, const std::vector<std::string_view>& known) {
  if (!begin_line()) return;
  text_ += fmt::format("arguments.{}: no such argument", field.substr(0, longest_echo));
  const auto likest = std::max_element(known.begin(), known.end(), [&](auto a, auto b) {
    return common_prefix(a, field) < common_prefix(b, field);
  });
  if (likest != known.end() && common_prefix(*likest, field) >= 3) {
    text_ += fmt::format("; did you mean {}?", *likest);
  } else {
    text_ += fmt::format("; there are {}", fmt::join(known, ", "));
  }
}

void Problems::raise() const {
  if (count_ == 0) return;
  const std::size_t untold = count_ > most_problems ? count_ - most_problems : 0;
  throw InvalidArguments(untold == 0 ? text_ : fmt::format("{}\nand {} more", text_, untold));
}

void decode_value(const Json& from, std::string& to, const Slot& slot) {
  if (!from.is_string()) return slot.problems.add(slot.name, "a string", from);
  to = from.get<std::string>();
  if (!among(to, slot.limits)) return slot.problems.add(slot.name, one_of_text(slot.limits), from);
  if (slot.limits.max_length != 0 && characters(to) > slot.limits.max_length) {
    slot.problems.add(slot.name, fmt::format("at most {} characters", slot.limits.max_length),
                      from);
  }
}

void decode_value(const Json& from, bool& to, const Slot& slot) {
  if (!from.is_boolean()) return slot.problems.add(slot.name, "true or false", from);
  to = from.get<bool>();
}

void decode_value(const Json& from, std::int64_t& to, const Slot& slot) {
  const std::string expected = with_range("an integer", slot.limits);
  if (!from.is_number()) return slot.problems.add(slot.name, expected, from);
  const double value = from.get<double>();  // 20.0 is an integer too (JSON Schema 2020-12, 6.1.1)
  const bool fits = std::abs(value) < 9e15 && std::floor(value) == value;
  if (!fits || !in_range(value, slot.limits)) return slot.problems.add(slot.name, expected, from);
  to = static_cast<std::int64_t>(value);
}

void decode_value(const Json& from, double& to, const Slot& slot) {
  const std::string expected = with_range("a number", slot.limits);
  if (!from.is_number()) return slot.problems.add(slot.name, expected, from);
  to = from.get<double>();
  if (!in_range(to, slot.limits)) slot.problems.add(slot.name, expected, from);
}

void decode_value(const Json& from, std::vector<std::string>& to, const Slot& slot) {
  if (!from.is_array()) return slot.problems.add(slot.name, "an array of strings", from);
  const std::size_t most = slot.limits.max_length;
  if (most != 0 && from.size() > most) {
    return slot.problems.add(slot.name, fmt::format("at most {} strings", most), from);
  }
  Limits of_item = slot.limits;
  of_item.max_length = 0;
  for (const Json& item : from) {
    decode_value(item, to.emplace_back(), Slot{slot.name, of_item, slot.problems});
  }
}

void decode_value(const Json& from, Json& to, const Slot& slot) {
  if (!from.is_object()) return slot.problems.add(slot.name, "an object", from);
  to = from;
}

OrderedJson value_schema(const std::string*, const Limits& limits) {
  OrderedJson schema = string_schema(limits);
  if (limits.max_length != 0) schema["maxLength"] = limits.max_length;
  return schema;
}
OrderedJson value_schema(const bool*, const Limits&) { return {{"type", "boolean"}}; }
OrderedJson value_schema(const std::int64_t*, const Limits& limits) {
  return number_schema("integer", limits);
}
OrderedJson value_schema(const double*, const Limits& limits) {
  return number_schema("number", limits);
}
OrderedJson value_schema(const std::vector<std::string>*, const Limits& limits) {
  OrderedJson schema = {{"type", "array"}, {"items", string_schema(limits)}};
  if (limits.max_length != 0) schema["maxItems"] = limits.max_length;
  return schema;
}
OrderedJson value_schema(const Rows*, const Limits&) { return {{"type", "array"}}; }
OrderedJson value_schema(const Json*, const Limits&) { return {{"type", "object"}}; }
OrderedJson value_schema(const OrderedJson*, const Limits&) { return {{"type", "object"}}; }

}  // namespace mcp
