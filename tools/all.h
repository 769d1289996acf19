// The tools, each from the file of its name. A new tool is a file, a line here and a line in the
// table; tests compare the table with the files.
#pragma once

#include <vector>

#include "mcp/tool.h"
#include "tools/program.h"

namespace tools {

mcp::Tool list_models_tool(Program& program);
mcp::Tool get_model_tool(Program& program);
mcp::Tool list_agents_tool(Program& program);
mcp::Tool get_agent_tool(Program& program);
mcp::Tool invoke_tool(Program& program);
mcp::Tool compare_tool(Program& program);
mcp::Tool get_task_tool(Program& program);
mcp::Tool cancel_task_tool(Program& program);
mcp::Tool get_usage_tool(Program& program);

// In the order clients show them.
std::vector<mcp::Tool> all_tools(Program& program);

}  // namespace tools
