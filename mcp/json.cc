#include "mcp/json.h"

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

}  // namespace

ParsedJson parse_bounded(std::string_view text, JsonLimits limits) {
  ParsedJson out;
  BoundedBuilder builder(out, limits);
  const bool whole = Json::sax_parse(text.begin(), text.end(), &builder);
  if (!whole && out.problem == JsonProblem::none) out.problem = JsonProblem::not_json;
  if (!whole) out.value = nullptr;
  return out;
}

std::string dump(const Json& value) { return dump_replacing(value); }
std::string dump(const OrderedJson& value) { return dump_replacing(value); }

}  // namespace mcp
