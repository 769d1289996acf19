// What can be read by uri: a model, an agent, an answer that was too long to send, the spending.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "tools/all.h"
#include "tools/features.h"
#include "tools/long_text.h"

namespace tools {
namespace {

using Values = std::map<std::string, std::string>;
using Contents = std::vector<mcp::ResourceContents>;

// The structured result of a lookup tool, as a resource.
mcp::ResourceTemplate from_tool(mcp::Tool tool, std::string uri_template, std::string name,
                                std::string description, mcp::Completer complete) {
  mcp::ResourceTemplate out;
  out.uri_template = std::move(uri_template);
  out.name = std::move(name);
  out.title = tool.title;
  out.description = std::move(description);
  out.mime_type = "application/json";
  out.complete = {{"id", std::move(complete)}};
  out.read = [tool = std::move(tool)](mcp::Call& call, const std::string& uri,
                                      const Values& values) -> Contents {
    const mcp::CallToolResult result = tool.run(call, {{"id", values.at("id")}});
    if (result.is_error) {
      mcp::RpcError error = mcp::no_such_resource(call, uri);
      error.message = result.text;
      throw error;
    }
    return {{uri, "application/json", mcp::dump(result.structured)}};
  };
  return out;
}

mcp::ResourceTemplate kept_results(const Program& program) {
  mcp::ResourceTemplate out;
  out.uri_template = "result://{id}";
  out.name = "result";
  out.title = "Kept answer";
  out.description = "The whole of an answer that was cut";
  out.mime_type = "text/plain";
  out.read = [&program](mcp::Call& call, const std::string& uri, const Values& values) -> Contents {
    if (!is_kept_id(values.at("id"))) throw mcp::no_such_resource(call, uri);
    std::ifstream file(kept_file(program.settings().state_folder, values.at("id")));
    if (!file) throw mcp::no_such_resource(call, uri);
    return {{uri,
             "text/plain",
             {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}}};
  };
  return out;
}

mcp::Resource spending(Program& program, const std::string& period) {
  mcp::Resource out;
  out.uri = "usage://" + period;
  out.name = "usage " + period;
  out.title = "Spending";
  out.description = "What was spent by target, and what is left of the budgets";
  out.mime_type = "application/json";
  out.read = [tool = get_usage_tool(program), period, uri = out.uri](mcp::Call& call) -> Contents {
    const mcp::CallToolResult result = tool.run(call, {{"period", period}});
    if (result.is_error) throw mcp::RpcError(mcp::code::internal_error, result.text);
    return {{uri, "application/json", mcp::dump(result.structured)}};
  };
  return out;
}

}  // namespace

std::vector<mcp::Resource> resources(Program& program) {
  return {spending(program, "today"), spending(program, "month")};
}

std::vector<mcp::ResourceTemplate> resource_templates(Program& program) {
  return {from_tool(get_model_tool(program), "model://{+id}", "model",
                    "A model: limits, prices, providers", complete_models(program)),
          from_tool(get_agent_tool(program), "agent://{+id}", "agent",
                    "An agent: card, interfaces, price", complete_agents(program)),
          kept_results(program)};
}

}  // namespace tools
