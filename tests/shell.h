// What a person types, run by a shell: the commands of the skills, the README and the examples.
#pragma once

#include <string>
#include <vector>

namespace tests {

struct Ran {
  int status = -1;     // as the shell says it: 0 is well
  std::string output;  // both streams
};

// Runs a script of sh. A line of it may be anything; it sees the environment of the tests.
Ran shell(const std::string& script);

// A word for the shell that stands for exactly this text.
std::string quoted(const std::string& text);

// The beginning of a script in which `home` is the home, `patchbay` is in its path, and the script
// stands in the folder `work` there, which is the workspace; no key is set.
std::string in_home(const std::string& home);

// The same, where `patchbay` is always asked for the sandbox.
std::string in_sandbox(const std::string& home);

// The blocks of a Markdown text that are fenced as that language, without their indentation.
std::vector<std::string> fenced(const std::string& markdown, const std::string& language);

}  // namespace tests
