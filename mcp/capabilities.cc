#include "mcp/capabilities.h"

#include <algorithm>

#include "mcp/skills.h"
#include "mcp/tasks.h"

namespace mcp {
namespace {

OrderedJson flags(std::initializer_list<std::pair<const char*, bool>> all) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, on] : all) {
    if (on) out[name] = true;
  }
  return out;
}

OrderedJson extensions(const Features& features) {
  OrderedJson out = OrderedJson::object();
  if (features.tasks) out[tasks_extension] = OrderedJson::object();
  if (!features.skills.empty()) out[skills_extension] = OrderedJson::object();
  return out;
}

}  // namespace

bool completes(const Features& features) {
  const auto any_argument = [](const Prompt& prompt) {
    return std::any_of(prompt.arguments.begin(), prompt.arguments.end(),
                       [](const PromptArgument& a) { return a.complete != nullptr; });
  };
  return std::any_of(features.prompts.begin(), features.prompts.end(), any_argument) ||
         std::any_of(features.templates.begin(), features.templates.end(),
                     [](const ResourceTemplate& t) { return !t.complete.empty(); });
}

bool has_resources(const Features& features) {
  return !features.resources.empty() || !features.templates.empty() || !features.skills.empty();
}

OrderedJson capabilities(const Features& features, Version version) {
  OrderedJson out = OrderedJson::object();
  if (!features.tools.empty()) out["tools"] = flags({{"listChanged", features.lists_change}});
  if (has_resources(features)) {
    out["resources"] = flags({{"subscribe", features.resources_change}});
  }
  if (!features.prompts.empty()) out["prompts"] = flags({{"listChanged", features.lists_change}});
  if (features.logging) out["logging"] = OrderedJson::object();
  const bool declares_completion = version >= Version::v2025_03_26 && completes(features);
  if (declares_completion) out["completions"] = OrderedJson::object();
  if (version == modern) {
    OrderedJson all = extensions(features);
    if (!all.empty()) out["extensions"] = std::move(all);
  }
  return out;
}

OrderedJson implementation(const ServerInfo& info, Version version) {
  OrderedJson out = {{"name", info.name}, {"version", info.version}};
  if (version >= Version::v2025_06_18) out["title"] = info.title;
  return out;
}

}  // namespace mcp
