// What `--help` says: of the program and of each of its commands.
#include <doctest/doctest.h>

#include <regex>
#include <sstream>

#include "tests/process.h"
#include "tests/shell.h"

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// As many as a terminal shows of it, which is less than its bytes where it is not ASCII.
std::size_t columns(const std::string& line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

class Help {
 public:
  std::string of(const std::string& command) const {
    const tests::Ran ran =
        tests::shell(tests::in_home(home_.path()) + "patchbay " + command + " --help");
    CHECK(ran.status == 0);
    return ran.output;
  }

  // The commands that are listed in a help text.
  static std::vector<std::string> commands_in(const std::string& text) {
    std::vector<std::string> names;
    const std::regex listed("^  ([a-z]+)  +\\S.*");
    const auto lines = lines_of(text.substr(std::min(text.find("Subcommands:"), text.size())));
    for (std::size_t i = 1; i < lines.size() && !lines[i].empty(); ++i) {
      std::smatch found;
      if (std::regex_match(lines[i], found, listed)) names.push_back(found[1]);
    }
    return names;
  }

 private:
  tests::Folder home_;
};

void check(const std::string& command, const std::string& text) {
  CAPTURE(command);
  CHECK(text.find("\nExample") != std::string::npos);
  CHECK(text.find("\n  patchbay") != std::string::npos);
  for (const std::string& line : lines_of(text)) {
    CAPTURE(line);
    CHECK(columns(line) <= 80);
  }
}

}  // namespace

TEST_CASE("the help of every command fits a terminal and gives examples") {
  const Help help;
  const std::string whole = help.of("");
  check("", whole);
  const auto commands = Help::commands_in(whole);
  CHECK(commands.size() >= 6);
  for (const std::string& command : commands) {
    const std::string text = help.of(command);
    check(command, text);
    for (const std::string& inner : Help::commands_in(text)) {
      check(command + " " + inner, help.of(command + " " + inner));
    }
  }
}

TEST_CASE("bad usage of any kind ends with 2, as the help says, and what was asked for with 0") {
  const tests::Folder home;
  for (const std::string bad : {"call", "bogus", "--result-bytes 1", "usage --period week", "token",
                                "serve --http", "install codex --nonsense", "install nonesuch"}) {
    CAPTURE(bad);
    const tests::Ran ran = tests::shell(tests::in_home(home.path()) + "patchbay " + bad);
    CAPTURE(ran.output);
    CHECK(ran.status == 2);
    CHECK_FALSE(ran.output.empty());
  }
  for (const std::string good : {"--version", "--help", "usage --help"}) {
    CAPTURE(good);
    CHECK(tests::shell(tests::in_home(home.path()) + "patchbay " + good).status == 0);
  }
}
