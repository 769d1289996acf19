// The texts in skills/: what they tell an agent to run is run, and the words they use are the
// program's.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "catalog/errors.h"
#include "tests/build.h"
#include "tests/golden.h"
#include "tests/process.h"
#include "tests/shell.h"
#include "tools/all.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::vector<std::string> skill_texts() {
  const fs::path folder = fs::path(tests::build::tests_folder) / ".." / "skills";
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".md") paths.push_back(fs::relative(entry, folder).string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string text_of(const std::string& path) { return tests::text_of_file("../skills/" + path); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// An agent that follows a text from its first command to its last: what an answer names stands for
// the placeholders that come after it.
class Reader {
 public:
  Reader() {
    fs::create_directories(home_.path() + "/project");
    std::ofstream(home_.path() + "/project/notes.md") << "The pump runs.\nThe pump stands still.\n";
  }

  void follow(std::string command) {
    for (const auto& [placeholder, value] : known_) replace_all(command, placeholder, value);
    CAPTURE(command);
    CHECK_MESSAGE(command.find('<') == std::string::npos, "nothing is known for a placeholder");
    const tests::Ran ran = tests::shell(tests::in_sandbox(home_.path()) + command);
    CAPTURE(ran.output);
    CHECK(ran.status == 0);
    for (const char* word : {"task_id", "conversation"}) {
      std::smatch found;
      const std::regex id(std::string(word) + R"(\W+([0-9a-f]{32}))");
      if (std::regex_search(ran.output, found, id)) {
        known_["<" + std::string(word) + ">"] = found[1];
      }
    }
  }

 private:
  tests::Folder home_;
  std::map<std::string, std::string> known_ = {
      {"<model>", "sandbox/echo"},         {"<other-model>", "sandbox/reasoner"},
      {"<judge>", "sandbox/judge"},        {"<json-model>", "sandbox/json"},
      {"<agent>", "agent:sandbox-writer"}, {"<asking-agent>", "agent:sandbox-clerk"},
  };
};

void add_words(std::set<std::string>& words, const json& definition, const char* of) {
  if (!definition.contains(of)) return;
  for (const auto& [name, property] : definition[of]["properties"].items()) {
    words.insert(name);
    if (!property.contains("enum")) continue;
    for (const json& each : property["enum"]) words.insert(each);
  }
}

// Every word that a tool, an argument, a result or an error has.
std::set<std::string> words_of_program() {
  std::set<std::string> words;
  tools::Program program(tools::read_settings([](const char*) { return std::nullopt; }), false);
  for (const mcp::Tool& tool : tools::all_tools(program)) {
    words.insert(tool.name);
    const json definition = json::parse(mcp::tool_definition(tool, mcp::modern).dump());
    add_words(words, definition, "inputSchema");
    add_words(words, definition, "outputSchema");
  }
  for (int kind = 0; kind <= static_cast<int>(catalog::Kind::internal); ++kind) {
    words.insert(std::string(catalog::name(static_cast<catalog::Kind>(kind))));
  }
  return words;
}

}  // namespace

TEST_CASE("every command in a skill runs against the sandbox") {
  std::size_t count = 0;
  for (const std::string& path : skill_texts()) {
    CAPTURE(path);
    Reader reader;
    for (const std::string& block : tests::fenced(text_of(path), "sh")) {
      for (const std::string& command : lines_of(block)) {
        reader.follow(command);
        ++count;
      }
    }
  }
  CHECK(count >= 20);
}

TEST_CASE("the skills use the program's own words") {
  const std::set<std::string> words = words_of_program();
  const std::set<std::string> others = {"varies", "cheapest"};
  const std::regex in_ticks("`([a-z_]+)`");
  for (const std::string& path : skill_texts()) {
    const std::string text = text_of(path);
    for (std::sregex_iterator at(text.begin(), text.end(), in_ticks), end; at != end; ++at) {
      const std::string word = (*at)[1];
      CAPTURE(path);
      CAPTURE(word);
      CHECK(words.count(word) + others.count(word) == 1);
    }
  }
}

TEST_CASE("a skill is short, says when not to spend, and links only to what is there") {
  const std::regex link(R"(\]\(([^)]+)\))");
  for (const std::string& path : skill_texts()) {
    CAPTURE(path);
    const std::string text = text_of(path);
    CHECK(text.size() < 4000);
    const fs::path folder = fs::path(path).parent_path();
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      const std::string to = (folder / (*at)[1].str()).string();
      CAPTURE(to);
      CHECK(!text_of(to).empty());
    }
    if (fs::path(path).filename() != "SKILL.md") continue;
    CHECK(text.find("## When not to") != std::string::npos);
    CHECK(!tests::fenced(text, "sh").empty());
  }
}

TEST_CASE("the skills say of each kind of error what to do") {
  const std::string text = text_of("ask-a-model/references/errors.md") +
                           text_of("delegate-to-an-agent/references/tasks.md");
  for (int kind = 0; kind <= static_cast<int>(catalog::Kind::internal); ++kind) {
    const std::string name(catalog::name(static_cast<catalog::Kind>(kind)));
    CAPTURE(name);
    CHECK(text.find("`" + name + "`") != std::string::npos);
  }
}
