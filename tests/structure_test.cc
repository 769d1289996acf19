// The rules of the house that a reader would otherwise have to remember: which folder may know
// which, and how large a file or function may grow.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/build.h"

namespace fs = std::filesystem;

namespace {

const fs::path root = fs::path(tests::build::tests_folder).parent_path();

struct SourceFile {
  std::string path;  // from the root
  std::string room;  // its top folder
  std::vector<std::string> lines;
};

bool is_ours(const fs::path& path) {
  return path.string().find("node_modules") == std::string::npos;
}

bool is_source(const fs::path& path) {
  return path.extension() == ".cc" || path.extension() == ".h";
}

std::vector<SourceFile> sources() {
  std::vector<SourceFile> files;
  for (const char* room : {"mcp", "catalog", "tools", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      if (!is_source(entry.path()) || !is_ours(entry.path())) continue;
      SourceFile file{fs::relative(entry.path(), root).string(), room, {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  return files;
}

// The text between the delimiters of an #include line, or "".
std::string included(const std::string& line, char open, char close) {
  const auto begin = line.find(std::string("#include ") + open);
  if (begin != 0) return "";
  return line.substr(10, line.find(close, 10) - 10);
}

}  // namespace

TEST_CASE("includes follow the arrows: tools knows mcp and catalog, which are strangers") {
  const std::map<std::string, std::set<std::string>> may_include = {
      {"mcp", {"mcp"}},
      {"catalog", {"catalog"}},
      {"tools", {"mcp", "catalog", "tools"}},
      {"tests", {"mcp", "catalog", "tools", "tests"}}};
  const auto files = sources();
  REQUIRE(files.size() > 50);
  for (const SourceFile& file : files) {
    for (const std::string& line : file.lines) {
      const std::string path = included(line, '"', '"');
      if (path.empty() || path.rfind("nlohmann/", 0) == 0) continue;
      CAPTURE(file.path);
      CAPTURE(path);
      CHECK(fs::exists(root / path));  // written from the root
      CHECK(may_include.at(file.room).count(path.substr(0, path.find('/'))) == 1);
    }
  }
}

TEST_CASE("the top of the tree holds what a reader expects there, and nothing else") {
  const std::set<std::string> expected = {"CMakeLists.txt",
                                          "CMakePresets.json",
                                          "LICENSE",
                                          "README.md",
                                          "catalog",
                                          "examples",
                                          "mcp",
                                          "skills",
                                          "tests",
                                          "tools"};
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    const bool built = name.rfind("build", 0) == 0;
    CAPTURE(name);
    if (name[0] != '.' && !built) CHECK(expected.count(name) == 1);
  }
}

TEST_CASE("a library's header stands in few files, so that it can be replaced") {
  const std::map<std::string, std::size_t> at_most = {
      {"httplib.h", 3}, {"curl/curl.h", 3}, {"valijson/validator.hpp", 1}};
  std::map<std::string, std::set<std::string>> users;
  for (const SourceFile& file : sources()) {
    if (file.room == "tests") continue;
    for (const std::string& line : file.lines) {
      const std::string header = included(line, '<', '>');
      if (at_most.count(header) != 0) users[header].insert(file.path);
      if (file.room == "mcp") CHECK(header.rfind("curl", 0) != 0);
    }
  }
  for (const auto& user : users) {
    CAPTURE(user.first);
    CHECK(user.second.size() <= at_most.at(user.first));
  }
}

TEST_CASE("no file is above 400 lines and no function above 60") {
  for (const SourceFile& file : sources()) {
    CAPTURE(file.path);
    CHECK(file.lines.size() <= 400);
    // In formatted code a function outside of a class begins and ends at the margin.
    std::size_t begin = 0;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const bool at_margin = !line.empty() && line[0] != ' ' && line[0] != '}' && line[0] != '#';
      if (at_margin) begin = i;
      if (line != "}") continue;
      CAPTURE(file.lines[begin]);
      CHECK(i - begin + 1 <= 60);
    }
  }
}
