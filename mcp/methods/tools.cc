// tools/list and tools/call (section "Tools").
#include "mcp/paging.h"
#include "mcp/request.h"
#include "mcp/tool.h"

namespace mcp {
namespace {

bool offered(const Features& features) { return !features.tools.empty(); }

Result list(Context& context, Request& request) {
  return list_result(context, request, "tools", context.features.tools,
                     [&](const Tool& tool) { return tool_definition(tool, request.version()); });
}

const Json& arguments_of(const Request& request) {
  static const Json none = Json::object();
  const auto at = request.params.find("arguments");
  if (at == request.params.end() || at->is_null()) return none;
  if (!at->is_object()) throw RpcError(code::invalid_params, "arguments must be an object");
  return *at;
}

Result call(Context& context, Request& request) {
  const Tool* tool = find_tool(context.features, request);
  const Json& arguments = arguments_of(request);
  try {
    return {wire_members(tool->run(*request.call, arguments), request.version())};
  } catch (const InvalidArguments& error) {
    const CallToolResult refused{"invalid_arguments: " + error.message, nullptr, true};
    return {wire_members(refused, request.version())};
  }
}

}  // namespace

const Tool* find_tool(const Features& features, const Request& request) {
  const std::string& name = string_param(request, "name");
  for (const Tool& tool : features.tools) {
    if (tool.name == name) return &tool;
  }
  throw RpcError(code::invalid_params, "no tool " + echoed(name));
}

const Method tool_methods[2] = {
    {"tools/list", Era::both, Pace::quick, offered, list},
    {"tools/call", Era::both, Pace::waits, offered, call},
};

}  // namespace mcp
