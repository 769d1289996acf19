#include "tools/features.h"

#include "tools/all.h"

namespace tools {

mcp::Features all_features(Program& program) {
  mcp::Features features;
  features.tools = all_tools(program);
  features.resources = resources(program);
  features.templates = resource_templates(program);
  features.prompts = prompts(program);
  features.skills = skills();
  features.tasks = true;
  return features;
}

}  // namespace tools
