// The coding agents that people use, each by its own program: what `install` writes is what they
// read, their own list shows the server, a model played on loopback calls our tools through them
// and gets the answers, and `uninstall` leaves their file as it was.
#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/build.h"
#include "tests/interop/node.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string folder = std::string(tests::build::tests_folder) + "/interop/apps";

bool can_run() {
  const std::string why = tests::why_no_node(folder);
  if (why.empty()) return true;
  MESSAGE("skipped: interop with real coding agents, because " << why);
  return false;
}

// A client, and what its own list says of a server that it has, or has reached.
struct App {
  const char* name;
  const char* listed;
  bool rewrites_its_file;  // by itself, whenever it runs
};
constexpr App apps[] = {{"claude-code", "Connected", true},  {"codex", "enabled", false},
                        {"opencode", "connected", false},    {"gemini", "Connected", false},
                        {"copilot", "(local)", false},       {"qwen", "Connected", false},
                        {"cline", "patchbay [stdio]", false}};

bool says(const json& ran, const std::string& words) {
  return ran["said"].get<std::string>().find(words) != std::string::npos;
}

void check_file(const App& app, const json& came) {
  CHECK(came["undone"] == true);  // installed and uninstalled at once, to the byte
  CHECK(came["same"] == true);    // and installed again
  if (!app.rewrites_its_file) {
    CHECK(came["after"] == came["before"]);
    return;
  }
  const json after = json::parse(came["after"].get<std::string>());
  CHECK_FALSE(after.contains("mcpServers"));
  CHECK(after["mine"] == json{{"kept", {1, 2}}});
}

}  // namespace

TEST_CASE("in real coding agents: installed, connected, called by a model, and gone again") {
  if (!can_run()) return;
  const tests::Folder homes;
  std::vector<std::string> words = {"apps.mjs", tests::build::program, homes.path()};
  for (const App& app : apps) words.emplace_back(app.name);
  tests::NodeProgram sessions(folder, words);
  for (const App& app : apps) {
    const auto line = sessions.line(300s);
    REQUIRE(line.has_value());
    const json came = json::parse(*line);
    CAPTURE(came.dump());
    REQUIRE_FALSE(came.contains("thrown"));
    CHECK(came["client"] == app.name);
    CHECK(came["installed"]["status"] == 0);
    CHECK(came["again"].get<std::string>().find("installed already") != std::string::npos);
    CHECK(says(came["listed"], "patchbay"));
    CHECK(says(came["listed"], app.listed));
    CHECK(came["ran"]["status"] == 0);
    CHECK(says(came["ran"], "All done."));
    REQUIRE(came["heard"].size() == 2);
    CHECK(came["heard"][0].get<std::string>().find("sandbox/echo") != std::string::npos);
    CHECK(came["heard"][1].get<std::string>().find("sandbox/echo heard: hello from the client") !=
          std::string::npos);
    check_file(app, came);
  }
}
