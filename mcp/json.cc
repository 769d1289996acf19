#include "mcp/json.h"

#include <algorithm>
#include <array>
#include <vector>

namespace mcp {
namespace {

constexpr int number_out_of_range = 406;  // nlohmann's error id

// Builds the value while counting; returning false ends the parse.
class BoundedBuilder {
 public:
  BoundedBuilder(ParsedJson& out, JsonLimits limits) : out_(out), limits_(limits) {}

  bool null() { return add(nullptr) != nullptr; }
  bool boolean(bool value) { return add(value) != nullptr; }
  bool number_integer(Json::number_integer_t value) { return add(value) != nullptr; }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value) != nullptr; }
  bool number_float(Json::number_float_t value, const std::string&) {
    return add(value) != nullptr;
  }
  bool string(std::string& value) { return add(std::move(value)) != nullptr; }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    const auto [at, fresh] = stack_.back()->get_ref<Json::object_t&>().try_emplace(name);
    if (!fresh) return refuse("member \"" + name.substr(0, 40) + "\" is given twice");
    member_ = &at->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) {
    const bool range = e.id == number_out_of_range;
    out_.problem = range ? JsonProblem::not_acceptable : JsonProblem::not_json;
    out_.message =
        range ? "a number is out of range" : "not valid JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  bool refuse(std::string message) {
    out_.problem = JsonProblem::not_acceptable;
    out_.message = std::move(message);
    return false;
  }

  Json* add(Json value) {
    if (++count_ > limits_.values) return refuse("too many values"), nullptr;
    if (stack_.empty()) return &(out_.value = std::move(value));
    if (stack_.back()->is_array()) return &stack_.back()->emplace_back(std::move(value));
    return &(*member_ = std::move(value));
  }

  bool open(Json container) {
    if (stack_.size() == limits_.depth) return refuse("nested too deeply");
    Json* added = add(std::move(container));
    if (added != nullptr) stack_.push_back(added);
    return added != nullptr;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  ParsedJson& out_;
  JsonLimits limits_;
  std::size_t count_ = 0;
  std::vector<Json*> stack_;
  Json* member_ = nullptr;  // where the value of the last key goes
};

template <class Value>
std::string dump_replacing(const Value& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

constexpr std::array<bool, 256> as_it_is = [] {
  std::array<bool, 256> out{};
  for (std::size_t c = ' '; c < 0x7f; ++c) out[c] = c != '"' && c != '\\';
  return out;
}();

// A lambda, so that the search is compiled around it.
constexpr auto stands_for_itself = [](char c) { return as_it_is[static_cast<unsigned char>(c)]; };

const char* short_escape(char c) {
  if (c == '\n') return "\\n";
  if (c == '"') return "\\\"";
  return c == '\\' ? "\\\\" : nullptr;
}

// The library decodes every byte of a string, which was nine tenths of what writing an answer cost.
// Nearly all of them stand for themselves and are copied; what does not is left to the library.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto odd = std::find_if_not(text.begin(), text.end(), stands_for_itself);
    out.append(text.begin(), odd);
    text.remove_prefix(static_cast<std::size_t>(odd - text.begin()));
    if (text.empty()) break;
    auto end = text.begin() + 1;
    if (const char* escaped = short_escape(text.front())) {
      out += escaped;
    } else {
      end = std::find_if(end, text.end(), stands_for_itself);
      const std::string quoted = dump_replacing(Json(std::string(text.begin(), end)));
      out.append(quoted, 1, quoted.size() - 2);
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  out += '"';
}

template <class Value>
void append_dump(std::string& out, const Value& value) {
  if (value.is_string()) return append_quoted(out, value.template get_ref<const std::string&>());
  if (!value.is_object()) return void(out += dump_replacing(value));
  char between = '{';
  for (const auto& [name, member] : value.template get_ref<const typename Value::object_t&>()) {
    out += between;
    between = ',';
    append_quoted(out, name);
    out += ':';
    append_dump(out, member);
  }
  out += value.empty() ? "{}" : "}";
}

template <class Value>
std::string dumped(const Value& value) {
  std::string out;
  append_dump(out, value);
  return out;
}

}  // namespace

ParsedJson parse_bounded(std::string_view text, JsonLimits limits) {
  ParsedJson out;
  BoundedBuilder builder(out, limits);
  const bool whole = Json::sax_parse(text.begin(), text.end(), &builder);
  if (!whole && out.problem == JsonProblem::none) out.problem = JsonProblem::not_json;
  if (!whole) out.value = nullptr;
  return out;
}

std::string dump_quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

std::string dump(const Json& value) { return dumped(value); }
std::string dump(const OrderedJson& value) { return dumped(value); }

}  // namespace mcp
