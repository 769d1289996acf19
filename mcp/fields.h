// One list of fields per struct yields its JSON Schema, its decoder, its encoder and the messages
// for what does not fit. A tool declares:
//
//   struct Arguments {
//     std::string id;
//     std::optional<std::int64_t> limit;
//
//     static constexpr auto fields() {
//       return mcp::field_list(
//           mcp::field("id", &Arguments::id, "Model id"),
//           mcp::field("limit", &Arguments::limit, "Rows", {.minimum = 1, .maximum = 100}));
//     }
//   };
//
// A member that is an optional, a vector, a bool or a Json may be left out by the caller; any other
// is required. A limit that stands in the schema is enforced by the decoder. Runs on any thread.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "mcp/errors.h"
#include "mcp/json.h"

namespace mcp {

struct Limits {
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  std::size_t max_length = 0;  // characters of a string, items of an array; 0: any
  std::span<const std::string_view> one_of = {};
};

template <class Struct, class Member>
struct Field {
  std::string_view name;
  Member Struct::*member;
  std::string_view description;
  Limits limits;
};

template <class Struct, class Member>
constexpr Field<Struct, Member> field(std::string_view name, Member Struct::*member,
                                      std::string_view description, Limits limits = {}) {
  return {name, member, description, limits};
}

template <class... Fields>
constexpr std::tuple<Fields...> field_list(Fields... list) {
  return {list...};
}

template <class Struct>
concept HasFields = requires {
  Struct::fields();
};

// Rows of a list: free in the schema, because a column's meaning is told once, in `columns`.
using Rows = std::vector<OrderedJson>;

// --- values -------------------------------------------------------------------------------------

// What decoding found wrong, for all fields at once: a model mends them in one go. The first few
// are told whole.
class Problems {
 public:
  void add(std::string_view field, std::string_view expected, const Json& got);
  void add_missing(std::string_view field);
  void add_unknown(std::string_view field, const std::vector<std::string_view>& known);
  // Throws InvalidArguments if there was anything.
  void raise() const;

 private:
  bool begin_line();

  std::string text_;
  std::size_t count_ = 0;
};

struct Slot {  // where a value is decoded, and what it must fit
  std::string_view name;
  const Limits& limits;
  Problems& problems;
};

void decode_value(const Json& from, std::string& to, const Slot& slot);
void decode_value(const Json& from, bool& to, const Slot& slot);
void decode_value(const Json& from, std::int64_t& to, const Slot& slot);
void decode_value(const Json& from, double& to, const Slot& slot);
void decode_value(const Json& from, std::vector<std::string>& to, const Slot& slot);
void decode_value(const Json& from, Json& to, const Slot& slot);  // any object

template <class Value>
void decode_value(const Json& from, std::optional<Value>& to, const Slot& slot) {
  decode_value(from, to.emplace(), slot);
}

OrderedJson value_schema(const std::string*, const Limits& limits);
OrderedJson value_schema(const bool*, const Limits& limits);
OrderedJson value_schema(const std::int64_t*, const Limits& limits);
OrderedJson value_schema(const double*, const Limits& limits);
OrderedJson value_schema(const std::vector<std::string>*, const Limits& limits);
OrderedJson value_schema(const Rows*, const Limits& limits);
OrderedJson value_schema(const Json*, const Limits& limits);
OrderedJson value_schema(const OrderedJson*, const Limits& limits);

template <class Value>
OrderedJson value_schema(const std::optional<Value>*, const Limits& limits) {
  return value_schema(static_cast<const Value*>(nullptr), limits);
}
template <HasFields Struct>
OrderedJson value_schema(const Struct*, const Limits&) {
  return {{"type", "object"}};  // output schemas go one level deep
}

template <class Member>
inline constexpr bool may_be_left_out = std::same_as<Member, bool> || std::same_as<Member, Json>;
template <class Value>
inline constexpr bool may_be_left_out<std::optional<Value>> = true;
template <class Value>
inline constexpr bool may_be_left_out<std::vector<Value>> = true;

// --- structs ------------------------------------------------------------------------------------

// The object schema of an argument struct. It is not said to be closed, though `decode` refuses
// what it does not know: each byte is paid for in somebody's context, and its message says more.
template <HasFields Struct>
OrderedJson input_schema() {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  const auto add = [&]<class Member>(const Field<Struct, Member>& f) {
    OrderedJson schema = value_schema(static_cast<const Member*>(nullptr), f.limits);
    schema["description"] = f.description;
    properties[std::string(f.name)] = std::move(schema);
    if (!may_be_left_out<Member>) required.push_back(f.name);
  };
  std::apply([&](const auto&... f) { (add(f), ...); }, Struct::fields());
  OrderedJson schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

// The object schema of a result struct, one level deep. What needs no explanation is not listed,
// except rows: a schema may be silent about a property, and each line is paid for in somebody's
// context.
template <HasFields Struct>
OrderedJson output_schema() {
  OrderedJson properties = OrderedJson::object();
  const auto add = [&]<class Member>(const Field<Struct, Member>& f) {
    if (f.description.empty() && !std::same_as<Member, Rows>) return;
    OrderedJson schema = value_schema(static_cast<const Member*>(nullptr), f.limits);
    schema.erase("items");
    if (!f.description.empty()) schema["description"] = f.description;
    properties[std::string(f.name)] = std::move(schema);
  };
  std::apply([&](const auto&... f) { (add(f), ...); }, Struct::fields());
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

template <class Struct, class Member>
void decode_field(const Json& object, Struct& to, const Field<Struct, Member>& f,
                  Problems& problems) {
  const auto at = object.find(f.name);
  const bool absent = at == object.end() || at->is_null();
  if (!absent) return decode_value(*at, to.*f.member, Slot{f.name, f.limits, problems});
  if (!may_be_left_out<Member>) problems.add_missing(f.name);
}

// Throws InvalidArguments with every problem there is. A null counts as left out.
template <HasFields Struct>
Struct decode(const Json& object) {
  Struct out;
  Problems problems;
  std::vector<std::string_view> known;
  std::apply(
      [&](const auto&... f) {
        (known.push_back(f.name), ...);
        (decode_field(object, out, f, problems), ...);
      },
      Struct::fields());
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      problems.add_unknown(name, known);
  }
  problems.raise();
  return out;
}

template <HasFields Struct>
OrderedJson encode(const Struct& from);

template <class Value>
void encode_value(OrderedJson& object, std::string_view name, const Value& value) {
  if constexpr (HasFields<Value>) {
    object[std::string(name)] = encode(value);
  } else {
    object[std::string(name)] = value;
  }
}
template <class Value>
void encode_value(OrderedJson& object, std::string_view name, const std::optional<Value>& value) {
  if (value) encode_value(object, name, *value);
}

// An object of the members in the order of the list; empty optionals are left out.
template <HasFields Struct>
OrderedJson encode(const Struct& from) {
  OrderedJson object = OrderedJson::object();
  std::apply([&](const auto&... f) { (encode_value(object, f.name, from.*f.member), ...); },
             Struct::fields());
  return object;
}

}  // namespace mcp
