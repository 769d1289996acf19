// What the server offers beside its tools: resources, prompts, completion of ids, and the skills
// that were built in. Each part has a file; all of them look things up in `program`.
#pragma once

#include <string>
#include <vector>

#include "mcp/features.h"
#include "tools/program.h"

namespace tools {

// model://{+id}, agent://{+id} and result://{id}.
std::vector<mcp::ResourceTemplate> resource_templates(Program& program);
// usage://today and usage://month.
std::vector<mcp::Resource> resources(Program& program);
// second_opinion, compare, delegate and review_diff.
std::vector<mcp::Prompt> prompts(Program& program);
// The folders of skills/.
std::vector<mcp::Skill> skills();

// Ids of models and of agents that contain what was typed; from the catalogue as it is known,
// without failing when there is none.
mcp::Completer complete_models(Program& program);
mcp::Completer complete_agents(Program& program);
mcp::Completer complete_targets(Program& program);

// Those that the settings offer.
mcp::Features all_features(Program& program);

}  // namespace tools
