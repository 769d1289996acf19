// The files of skills/, as they were when the program was built.
#pragma once

#include <cstddef>

namespace tools {

struct EmbeddedFile {
  const char* path;  // from skills/: "ask-a-model/SKILL.md"
  const unsigned char* bytes;
  std::size_t size;
};

extern const EmbeddedFile embedded_skills[];
extern const std::size_t embedded_skill_count;

}  // namespace tools
