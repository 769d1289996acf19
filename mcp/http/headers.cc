#include "mcp/http/headers.h"

#include <fmt/format.h>

#include "mcp/meta.h"
#include "mcp/request_state.h"

namespace mcp {
namespace {

constexpr std::string_view sentinel_begin = "=?base64?";
constexpr std::string_view sentinel_end = "?=";
constexpr std::size_t deepest_argument = 16;

// Writing JSON replaces what is not UTF-8.
bool is_utf8(const std::string& text) { return Json::parse(dump(Json(text))) == Json(text); }

// --- comparing ----------------------------------------------------------------------------------

[[noreturn]] void mismatch(std::string why) {
  throw RpcError(code::header_mismatch, std::move(why));
}

bool is_printable(std::string_view value) {
  for (const unsigned char c : value) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

// The decoded value of a header that must be there once.
std::string required_header(const HttpRequest& http, const std::string& name) {
  if (http.count(name) > 1) mismatch(fmt::format("header {} is given twice", name));
  const std::string* value = http.header(name);
  if (value == nullptr) mismatch(fmt::format("header {} is missing", name));
  if (!is_printable(*value)) mismatch(fmt::format("header {} holds an illegal character", name));
  const std::optional<std::string> decoded = decoded_header(*value);
  if (!decoded) mismatch(fmt::format("header {} is not the base64 of UTF-8", name));
  return *decoded;
}

void check_same(const HttpRequest& http, const char* name, const std::string& expected) {
  if (required_header(http, name) != expected) {
    mismatch(fmt::format("header {} does not match the body", name));
  }
}

bool same_value(const std::string& text, const Json& value) {
  if (value.is_string()) return text == value.get_ref<const std::string&>();
  if (value.is_boolean()) return text == (value.get<bool>() ? "true" : "false");
  const Json number = Json::parse(text, nullptr, false);  // `42` and `42.0` are the same
  return value.is_number() && number.is_number() && number == value;
}

// --- parts of the message -----------------------------------------------------------------------

const Json* member(const Json& object, const std::string& name) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}

const Json* member_at(const Json& object, const std::vector<std::string>& path) {
  const Json* at = &object;
  for (const std::string& name : path) {
    if (at != nullptr) at = member(*at, name);
  }
  return at;
}

// Which member of the params a method's `Mcp-Name` repeats.
struct NamedBy {
  std::string_view method;
  const char* member;
};
constexpr NamedBy named_by[] = {
    {"tools/call", "name"},  {"prompts/get", "name"},    {"resources/read", "uri"},
    {"tasks/get", "taskId"}, {"tasks/update", "taskId"}, {"tasks/cancel", "taskId"},
};

void check_name(const HttpRequest& http, const std::string& method, const Json& params) {
  for (const NamedBy& each : named_by) {
    if (each.method != method) continue;
    const Json* name = member(params, each.member);
    if (name != nullptr && name->is_string()) check_same(http, "mcp-name", *name);
  }
}

void check_argument(const HttpRequest& http, const HeaderArgument& argument, const Json& given) {
  const Json* value = member_at(given, argument.path);
  if (value == nullptr || value->is_null()) {
    if (http.count(argument.header) == 0) return;
    mismatch(fmt::format("header {} is given for an argument that is not", argument.header));
  }
  if (!same_value(required_header(http, argument.header), *value)) {
    mismatch(fmt::format("header {} does not match the argument", argument.header));
  }
}

void check_arguments(const HttpRequest& http, const Json& params,
                     const HeaderArguments& arguments) {
  const Json* tool = member(params, "name");
  if (tool == nullptr || !tool->is_string()) return;
  const auto marked = arguments.find(tool->get_ref<const std::string&>());
  if (marked == arguments.end()) return;
  const Json* given = member(params, "arguments");
  const Json none = Json::object();
  for (const HeaderArgument& argument : marked->second) {
    check_argument(http, argument, given != nullptr ? *given : none);
  }
}

// Marks are found through `properties` only, from the root.
void collect(const OrderedJson& schema, std::vector<std::string>& path,
             std::vector<HeaderArgument>& found) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return;
  if (path.size() == deepest_argument) return;
  for (const auto& [name, property] : properties->items()) {
    if (!property.is_object()) continue;
    path.push_back(name);
    const auto mark = property.find("x-mcp-header");
    if (mark != property.end() && mark->is_string()) {
      found.push_back({"mcp-param-" + lower_case(mark->template get<std::string>()), path});
    }
    collect(property, path, found);
    path.pop_back();
  }
}

}  // namespace

std::optional<std::string> decoded_header(std::string_view value) {
  const bool is_coded = value.size() >= sentinel_begin.size() + sentinel_end.size() &&
                        value.substr(0, sentinel_begin.size()) == sentinel_begin &&
                        value.substr(value.size() - sentinel_end.size()) == sentinel_end;
  if (!is_coded) return std::string(value);
  value.remove_prefix(sentinel_begin.size());
  value.remove_suffix(sentinel_end.size());
  bool valid = false;
  std::string text = from_base64(value, valid);
  if (!valid || !is_utf8(text)) return std::nullopt;
  return text;
}

HeaderArguments header_arguments(const std::vector<Tool>& tools) {
  HeaderArguments all;
  for (const Tool& tool : tools) {
    std::vector<std::string> path;
    std::vector<HeaderArgument> found;
    if (tool.input_schema.is_object()) collect(tool.input_schema, path, found);
    if (!found.empty()) all.emplace(tool.name, std::move(found));
  }
  return all;
}

bool has_claim(const Json& message) {
  return member_at(message, {"params", "_meta", meta::protocol_version}) != nullptr;
}

void check_headers(const HttpRequest& http, const Json& message, const HeaderArguments& arguments) {
  const Json* method = member(message, "method");
  const Json* params = member(message, "params");
  if (method == nullptr || !method->is_string() || params == nullptr) return;
  std::optional<RpcError> unsupported;
  try {
    claimed_client(*params);
  } catch (RpcError& error) {
    error.malformed_request = true;
    if (error.code != code::unsupported_protocol_version) throw;
    unsupported = error;
  }
  const Json& version = *member_at(*params, {"_meta", meta::protocol_version});
  check_same(http, "mcp-protocol-version", version.is_string() ? version.get<std::string>() : "");
  if (unsupported) throw *unsupported;
  check_same(http, "mcp-method", *method);
  check_name(http, *method, *params);
  if (*method == "tools/call") check_arguments(http, *params, arguments);
}

}  // namespace mcp
