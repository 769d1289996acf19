// The set of tools as a whole: what is offered equals the files there are, and the README's table.
#include "tools/all.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/build.h"
#include "tests/gateway_replies.h"

namespace {

std::string first_sentence(const std::string& text) { return text.substr(0, text.find(". ") + 1); }

std::set<std::string> offered() {
  tools::Program program(tools::read_settings([](const char*) { return std::nullopt; }), false);
  std::set<std::string> names;
  for (const mcp::Tool& tool : tools::all_tools(program)) CHECK(names.insert(tool.name).second);
  return names;
}

}  // namespace

TEST_CASE("each tool has the file of its name") {
  for (const std::string& name : offered()) {
    CAPTURE(name);
    CHECK(std::filesystem::exists(std::string(tests::build::tests_folder) + "/../tools/" + name +
                                  ".cc"));
  }
}

TEST_CASE("each tool's definition is the golden one") {
  tools::Program program(tools::read_settings([](const char*) { return std::nullopt; }), false);
  for (const mcp::Tool& tool : tools::all_tools(program)) {
    const std::string now = mcp::tool_definition(tool, mcp::modern).dump(1) + "\n";
    tests::check_golden("tools/" + tool.name + ".json", now);
  }
}

TEST_CASE("the README's table of tools is derived from the program") {
  tools::Program program(tools::read_settings([](const char*) { return std::nullopt; }), false);
  std::string table = "| tool | what it does |\n|---|---|\n";
  for (const mcp::Tool& tool : tools::all_tools(program)) {
    table += "| `" + tool.name + "` | " + first_sentence(tool.description + " ") + " |\n";
  }
  const std::string readme = tests::text_of_file("../README.md");
  INFO("The table should read:\n", table);
  CHECK(readme.find(table) != std::string::npos);
}
