#include "tests/shell.h"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "tests/build.h"

namespace tests {
namespace {

std::string without_indentation(const std::string& line, std::size_t most) {
  const std::size_t text = line.find_first_not_of(' ');
  return line.substr(std::min({most, text, line.size()}));
}

}  // namespace

Ran shell(const std::string& script) {
  const std::string command = "exec 2>&1\n" + script;
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ran ran;
  char bytes[4096];
  while (const std::size_t n = std::fread(bytes, 1, sizeof bytes, pipe)) {
    ran.output.append(bytes, n);
  }
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out += "'";
}

std::string in_home(const std::string& home) {
  return "export HOME=" + quoted(home) +
         " XDG_STATE_HOME= XDG_CONFIG_HOME= TERM=dumb COLUMNS=100\n"
         "unset OPENROUTER_API_KEY TAKO_KEY CLAUDE_PROJECT_DIR CLAUDE_CONFIG_DIR\n"
         "mkdir -p \"$HOME/project\" \"$HOME/.local/bin\" && cd \"$HOME/project\" || exit 99\n"
         "ln -sf " +
         quoted(build::program) +
         " \"$HOME/.local/bin/patchbay\"\n"
         "PATH=$HOME/.local/bin:$PATH\n";
}

std::string in_sandbox(const std::string& home) {
  return in_home(home) + "patchbay() { \"$HOME/.local/bin/patchbay\" --sandbox \"$@\"; }\n";
}

std::vector<std::string> fenced(const std::string& markdown, const std::string& language) {
  std::vector<std::string> blocks;
  bool inside = false;
  std::size_t indentation = 0;
  std::istringstream lines(markdown);
  for (std::string line; std::getline(lines, line);) {
    const std::string text = without_indentation(line, line.size());
    if (inside && text == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += without_indentation(line, indentation) + "\n";
    } else if (text == "```" + language) {
      inside = true;
      indentation = line.size() - text.size();
      blocks.emplace_back();
    }
  }
  return blocks;
}

}  // namespace tests
