// Skills as a server offers them (extension io.modelcontextprotocol/skills): each file of a skill
// is a resource skill://<name>/<path>, and the list tells their sizes and digests. Pure, any
// thread.
#pragma once

#include <string>
#include <vector>

#include "mcp/features.h"

namespace mcp {

inline constexpr const char* skills_extension = "io.modelcontextprotocol/skills";

std::string skill_uri(const Skill& skill, const SkillFile& file);
std::vector<Resource> skill_resources(const std::vector<Skill>& skills);
// Null when no skill has such a file.
const SkillFile* find_skill_file(const std::vector<Skill>& skills, const std::string& uri);

}  // namespace mcp
