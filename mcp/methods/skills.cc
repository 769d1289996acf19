// skills/list and skills/get (extension io.modelcontextprotocol/skills).
#include "mcp/skills.h"

#include "mcp/paging.h"
#include "mcp/request.h"
#include "mcp/request_state.h"

namespace mcp {
namespace {

constexpr const char* entry = "SKILL.md";

bool offered(const Features& features) { return !features.skills.empty(); }

const SkillFile& entry_file(const Skill& skill) {
  for (const SkillFile& file : skill.files) {
    if (file.path == entry) return file;
  }
  return skill.files.front();
}

OrderedJson wire_form(const Skill& skill) {
  OrderedJson files = OrderedJson::array();
  for (const SkillFile& file : skill.files) {
    files.push_back({{"uri", skill_uri(skill, file)},
                     {"digest", "sha256:" + sha256_hex(file.bytes)},
                     {"size", file.bytes.size()}});
  }
  return {{"uri", skill_uri(skill, entry_file(skill))},
          {"frontmatter", skill.front_matter},
          {"resources", std::move(files)}};
}

Result list(Context& context, Request& request) {
  return list_result(context, request, "skills", context.features.skills, wire_form);
}

Result get(Context& context, Request& request) {
  const std::string& uri = string_param(request, "uri");
  for (const Skill& skill : context.features.skills) {
    if (skill_uri(skill, entry_file(skill)) != uri) continue;
    OrderedJson result = {{"skill", wire_form(skill)}};
    add_caching(result, request, 3'600'000, true);
    return {members_of(result)};
  }
  throw RpcError(code::invalid_params, "no skill " + echoed(uri));
}

}  // namespace

std::string skill_uri(const Skill& skill, const SkillFile& file) {
  return "skill://" + skill.name + "/" + file.path;
}

std::vector<Resource> skill_resources(const std::vector<Skill>& skills) {
  std::vector<Resource> out;
  for (const Skill& skill : skills) {
    for (const SkillFile& file : skill.files) {
      Resource resource;
      resource.uri = skill_uri(skill, file);
      // The file that stands for the skill has the skill's own name (extension skills).
      const bool is_entry = file.path == entry;
      resource.name = is_entry ? skill.name : skill.name + "/" + file.path;
      resource.mime_type = file.mime_type;
      if (is_entry) resource.description = skill.front_matter.value("description", "");
      out.push_back(std::move(resource));
    }
  }
  return out;
}

const SkillFile* find_skill_file(const std::vector<Skill>& skills, const std::string& uri) {
  for (const Skill& skill : skills) {
    for (const SkillFile& file : skill.files) {
      if (skill_uri(skill, file) == uri) return &file;
    }
  }
  return nullptr;
}

const Method skill_methods[2] = {
    {"skills/list", Era::only_modern, Pace::quick, offered, list},
    {"skills/get", Era::only_modern, Pace::quick, offered, get},
};

}  // namespace mcp
