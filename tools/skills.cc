// The skills that lie in skills/, for clients that read them over the protocol.
#include <algorithm>
#include <string_view>

#include "tools/embedded_skills.h"
#include "tools/features.h"

namespace tools {
namespace {

// The front matter between the two lines of dashes: one "key: value" a line, which is all that the
// Agent Skills format needs of YAML here; tests hold every file to it.
mcp::OrderedJson front_matter(std::string_view text) {
  mcp::OrderedJson out = mcp::OrderedJson::object();
  const auto end = text.find("\n---", 3);
  std::string_view lines = text.substr(4, end == text.npos ? 0 : end - 4);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto colon = line.find(": ");
    if (colon == line.npos) continue;
    out[std::string(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return out;
}

mcp::Skill& skill_named(std::vector<mcp::Skill>& skills, std::string_view name) {
  for (mcp::Skill& skill : skills) {
    if (skill.name == name) return skill;
  }
  skills.push_back({std::string(name), {}, {}});
  return skills.back();
}

}  // namespace

std::vector<mcp::Skill> skills() {
  std::vector<mcp::Skill> all;
  for (std::size_t i = 0; i < embedded_skill_count; ++i) {
    const EmbeddedFile& file = embedded_skills[i];
    const std::string_view path = file.path;
    const std::string_view bytes(reinterpret_cast<const char*>(file.bytes), file.size);
    const auto slash = path.find('/');
    mcp::Skill& skill = skill_named(all, path.substr(0, slash));
    const std::string inner(path.substr(slash + 1));
    if (inner == "SKILL.md") skill.front_matter = front_matter(bytes);
    skill.files.push_back({inner, "text/markdown", bytes});
  }
  return all;
}

}  // namespace tools
