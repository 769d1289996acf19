#include "tools/all.h"

namespace tools {

std::vector<mcp::Tool> all_tools(Program& program) {
  static constexpr mcp::Tool (*makers[])(Program&) = {
      list_models_tool, get_model_tool, list_agents_tool, get_agent_tool, invoke_tool,
      compare_tool,     get_task_tool,  cancel_task_tool, get_usage_tool,
  };
  std::vector<mcp::Tool> tools;
  for (const auto make : makers) tools.push_back(make(program));
  return tools;
}

}  // namespace tools
