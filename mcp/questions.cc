#include "mcp/questions.h"

namespace mcp {
namespace {

bool has(const Json& object, const char* name) {
  return object.is_object() && object.contains(name);
}

bool fits_form(const Json& answer) {
  if (!has(answer, "action") || !answer["action"].is_string()) return false;
  const std::string& action = answer["action"].get_ref<const std::string&>();
  if (action == "decline" || action == "cancel") return true;
  return action == "accept" && (!answer.contains("content") || answer["content"].is_object());
}

// Each required member of an accepted form is there, and of its type.
bool fits_schema(const Json& answer, const Question& question) {
  if (answer["action"] != "accept" || is_url_mode(question)) return true;
  const Json content = answer.value("content", Json::object());
  const OrderedJson schema = question.params.value("requestedSchema", OrderedJson::object());
  const OrderedJson properties = schema.value("properties", OrderedJson::object());
  for (const auto& [name, property] : properties.items()) {
    const auto value = content.find(name);
    if (value == content.end()) continue;
    const std::string type = property.value("type", "");
    const bool wrong =
        (type == "string" && !value->is_string()) || (type == "boolean" && !value->is_boolean()) ||
        (type == "integer" && !value->is_number_integer()) ||
        (type == "number" && !value->is_number()) || (type == "array" && !value->is_array());
    if (wrong) return false;
  }
  for (const OrderedJson& name : schema.value("required", OrderedJson::array())) {
    if (!content.contains(name.get<std::string>())) return false;
  }
  return true;
}

}  // namespace

Question ask_form(std::string message, OrderedJson schema) {
  return {
      "elicitation/create",
      {{"mode", "form"}, {"message", std::move(message)}, {"requestedSchema", std::move(schema)}}};
}

Question ask_url(std::string message, std::string url) {
  return {"elicitation/create",
          {{"mode", "url"}, {"message", std::move(message)}, {"url", std::move(url)}}};
}

bool is_url_mode(const Question& question) {
  return question.params.value("mode", "form") == "url";
}

Question ask_sampling(OrderedJson params) { return {"sampling/createMessage", std::move(params)}; }

Question ask_roots() { return {"roots/list"}; }

bool can_answer(const Json& capabilities, const Question& question) {
  if (question.method == "sampling/createMessage") return has(capabilities, "sampling");
  if (question.method == "roots/list") return has(capabilities, "roots");
  if (!has(capabilities, "elicitation")) return false;
  const Json& modes = capabilities["elicitation"];
  if (is_url_mode(question)) return has(modes, "url");
  return has(modes, "form") || !has(modes, "url");  // an empty object means form
}

OrderedJson capability_for(const Question& question) {
  if (question.method == "sampling/createMessage") return {{"sampling", OrderedJson::object()}};
  if (question.method == "roots/list") return {{"roots", OrderedJson::object()}};
  const char* mode = is_url_mode(question) ? "url" : "form";
  return {{"elicitation", {{mode, OrderedJson::object()}}}};
}

bool fits(const Json& answer, const Question& question) {
  if (question.method == "roots/list") return has(answer, "roots") && answer["roots"].is_array();
  if (question.method == "sampling/createMessage") {
    return has(answer, "content") && has(answer, "role");
  }
  return fits_form(answer) && fits_schema(answer, question);
}

}  // namespace mcp
