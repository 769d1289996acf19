// Prompts, which people use as commands (section "Prompts").
#include "mcp/paging.h"
#include "mcp/request.h"

namespace mcp {
namespace {

bool offered(const Features& features) { return !features.prompts.empty(); }

OrderedJson definition(const Prompt& prompt, Version version) {
  OrderedJson arguments = OrderedJson::array();
  for (const PromptArgument& argument : prompt.arguments) {
    OrderedJson each = {{"name", argument.name}, {"description", argument.description}};
    if (argument.required) each["required"] = true;
    arguments.push_back(std::move(each));
  }
  OrderedJson out = {{"name", prompt.name}};
  if (version >= Version::v2025_06_18 && !prompt.title.empty()) out["title"] = prompt.title;
  out["description"] = prompt.description;
  if (!arguments.empty()) out["arguments"] = std::move(arguments);
  return out;
}

Result list(Context& context, Request& request) {
  return list_result(context, request, "prompts", context.features.prompts,
                     [&](const Prompt& prompt) { return definition(prompt, request.version()); });
}

std::map<std::string, std::string> arguments_of(const Request& request, const Prompt& prompt) {
  std::map<std::string, std::string> values;
  const Json given = request.params.value("arguments", Json::object());
  if (!given.is_object()) throw RpcError(code::invalid_params, "arguments must be an object");
  for (const auto& [name, value] : given.items()) {
    if (!value.is_string()) throw RpcError(code::invalid_params, name + " must be a string");
    values[name] = value.get<std::string>();
  }
  for (const PromptArgument& argument : prompt.arguments) {
    if (!argument.required || values.count(argument.name) != 0) continue;
    throw RpcError(code::invalid_params, "the argument " + argument.name + " is required");
  }
  return values;
}

Result get(Context& context, Request& request) {
  const Prompt& prompt = find_prompt(context.features, string_param(request, "name"));
  OrderedJson messages = OrderedJson::array();
  for (PromptMessage& message : prompt.get(*request.call, arguments_of(request, prompt))) {
    messages.push_back({{"role", message.role}, {"content", std::move(message.content)}});
  }
  return {members_of({{"description", prompt.description}, {"messages", std::move(messages)}})};
}

}  // namespace

const Prompt& find_prompt(const Features& features, const std::string& name) {
  for (const Prompt& prompt : features.prompts) {
    if (prompt.name == name) return prompt;
  }
  throw RpcError(code::invalid_params, "no prompt " + echoed(name));
}

const Method prompt_methods[2] = {
    {"prompts/list", Era::both, Pace::quick, offered, list},
    {"prompts/get", Era::both, Pace::waits, offered, get},
};

}  // namespace mcp
