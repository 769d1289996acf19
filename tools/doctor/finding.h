// What `patchbay doctor` finds: a fact, how good it is, and what mends it. Main thread.
#pragma once

#include <string>
#include <vector>

namespace tools {

enum class Grade { good, note, bad };

struct Finding {
  Grade grade = Grade::good;
  std::string name;  // a word or two: "key", "agent reviewer"
  std::string fact;
  std::string mend{};  // a command, or where to look; may be empty
};

using Findings = std::vector<Finding>;

}  // namespace tools
