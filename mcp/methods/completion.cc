// completion/complete: values for an argument of a prompt or a variable of a template (section
// "Completion").
#include "mcp/capabilities.h"
#include "mcp/request.h"
#include "mcp/uri_template.h"

#include <algorithm>

namespace mcp {
namespace {

constexpr std::size_t most_values = 100;

[[noreturn]] void refuse(const std::string& why) { throw RpcError(code::invalid_params, why); }

const Json& object_param(const Json& params, const char* name) {
  const auto at = params.find(name);
  if (at == params.end() || !at->is_object()) refuse(std::string(name) + " must be an object");
  return *at;
}

std::string text_in(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_string()) refuse(std::string(name) + " must be a string");
  return at->get<std::string>();
}

Completer prompt_completer(const Features& features, const Json& ref, const std::string& name) {
  const Prompt& prompt = find_prompt(features, text_in(ref, "name"));
  for (const PromptArgument& argument : prompt.arguments) {
    if (argument.name == name) return argument.complete;
  }
  refuse("the prompt has no argument " + echoed(name));
}

Completer template_completer(const Features& features, const Json& ref, const std::string& name) {
  const std::string uri = text_in(ref, "uri");
  for (const ResourceTemplate& each : features.templates) {
    if (each.uri_template != uri) continue;
    const auto names = variables_of(uri);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      refuse("the template has no variable " + echoed(name));
    }
    const auto at = each.complete.find(name);
    return at == each.complete.end() ? nullptr : at->second;
  }
  refuse("no template " + echoed(uri));
}

Completer completer(const Features& features, const Json& ref, const std::string& argument) {
  const std::string type = text_in(ref, "type");
  if (type == "ref/prompt") return prompt_completer(features, ref, argument);
  if (type == "ref/resource") return template_completer(features, ref, argument);
  refuse("ref.type must be ref/prompt or ref/resource");
}

std::map<std::string, std::string> settled(const Json& params) {
  std::map<std::string, std::string> values;
  const Json context = params.value("context", Json::object());
  if (!context.is_object() || !context.contains("arguments")) return values;
  for (const auto& [name, value] : context["arguments"].items()) {
    if (value.is_string()) values[name] = value.get<std::string>();
  }
  return values;
}

Result complete(Context& context, Request& request) {
  const Json& argument = object_param(request.params, "argument");
  const Completer values_for =
      completer(context.features, object_param(request.params, "ref"), text_in(argument, "name"));
  std::vector<std::string> values;
  if (values_for) values = values_for(text_in(argument, "value"), settled(request.params));
  const std::size_t total = values.size();
  values.resize(std::min(total, most_values));
  return {members_of(
      {{"completion", {{"values", values}, {"total", total}, {"hasMore", total > most_values}}}})};
}

}  // namespace

const Method completion_methods[1] = {
    {"completion/complete", Era::both, Pace::waits, completes, complete},
};

}  // namespace mcp
