#include "tools/features.h"

#include "tools/all.h"

namespace tools {

mcp::Features all_features(Program& program) {
  mcp::Features features;
  const Offer offer = program.settings().offer;
  features.tools = all_tools(program);
  std::erase_if(features.tools, [&](const auto& each) { return !is_offered(offer, each.name); });
  for (mcp::Tool& each : features.tools) {
    each.description = in_words_of(offer, std::move(each.description));
  }
  features.resources = resources(program);
  features.templates = resource_templates(program);
  std::erase_if(features.templates,
                [&](const auto& each) { return !is_offered(offer, each.uri_template); });
  features.prompts = prompts(program);
  std::erase_if(features.prompts, [&](const auto& each) { return !is_offered(offer, each.title); });
  features.skills = skills();
  features.tasks = true;
  return features;
}

}  // namespace tools
