// The official clients and this program: they do with it what a person would, over stdio and HTTP,
// and every message, theirs and ours, meets the schema of the revision it is spoken in.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/build.h"
#include "tests/interop/node.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string folder = std::string(tests::build::tests_folder) + "/interop/clients";

bool can_run() {
  const std::string why = tests::why_no_node(folder);
  if (why.empty()) return true;
  MESSAGE("skipped: interop with the official clients, because " << why);
  return false;
}

// How to start the sandbox, or the conformance fixture, for each transport.
json sandbox() {
  const std::string program = tests::build::program;
  return {{"stdio", {program, "--sandbox"}},
          {"http", {program, "--sandbox", "serve", "--http", "127.0.0.1:0"}}};
}
json fixture() {
  const std::string program = std::string(tests::build::build_folder) + "/mcp_conformance_fixture";
  return {{"stdio", json::array({program})}, {"http", {program, "--http", "127.0.0.1:0"}}};
}

void check_clean(const json& came) {
  for (const json& problem : came["problems"]) FAIL_CHECK(problem.get<std::string>());
  CHECK_MESSAGE(!came.contains("thrown"), came["thrown"].dump());
}

bool holds(const json& list, const char* value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool says(const json& text, const char* words) {
  return text.is_string() && text.get<std::string>().find(words) != std::string::npos;
}

// An official client in one of its modes, and the revision that it then speaks.
struct Mode {
  const char* client;
  const char* revision;
};
constexpr Mode modes[] = {{"client-default", "2025-11-25"}, {"client-auto", "2026-07-28"},
                          {"client-pinned", "2026-07-28"},  {"sdk", "2025-11-25"},
                          {"sdk-2025-06-18", "2025-06-18"}, {"sdk-2025-03-26", "2025-03-26"},
                          {"sdk-2024-11-05", "2024-11-05"}};

json next(tests::NodeProgram& program) {
  const auto line = program.line(60s);
  REQUIRE(line.has_value());
  return json::parse(*line);
}

// What a plan needs to find in the home of its servers.
void prepare(const std::string& plan, const std::string& home) {
  if (plan != "person") return;
  const fs::path place = fs::path(home) / ".config" / "patchbay";
  fs::create_directories(place);
  fs::permissions(place, fs::perms::owner_all);
  std::ofstream(place / "config.json") << json{{"ask_person", true}};
  fs::permissions(place / "config.json", fs::perms::owner_read | fs::perms::owner_write);
}

// Plays one plan with every client on every transport, all at once, and looks at what came.
void play(const std::string& plan, const json& servers,
          void (*look)(const std::string& revision, const json& came)) {
  const tests::Folder home;
  prepare(plan, home.path());
  std::vector<std::string> words = {"sessions.mjs", plan, home.path(), servers.dump()};
  for (const Mode& mode : modes) words.push_back(mode.client);
  tests::NodeProgram sessions(folder, words);
  for (const Mode& mode : modes) {
    for (std::size_t left = servers.size(); left > 0; --left) {
      const json came = next(sessions);
      CAPTURE(came.dump());
      check_clean(came);
      CHECK(came["versions"] == json::array({mode.revision}));
      look(mode.revision, came);
    }
  }
}

void look_at_sandbox(const std::string&, const json& came) {
  CHECK(holds(came["tools"], "invoke"));
  CHECK(holds(came["templates"], "model://{+id}"));
  CHECK(holds(came["prompts"], "second_opinion"));
  CHECK(came["resources"] > 0);
  CHECK(came["resource"] == "sandbox/echo");
  const bool missed = came["missing"] == -32602 || came["missing"] == -32002;
  CHECK(missed);
  CHECK(says(came["prompt"], "sandbox/reasoner"));
  CHECK(came["completion"] == json{"sandbox/reasoner"});
  CHECK(says(came["models"], "sandbox/echo"));
  CHECK(says(came["answer"], "sandbox/echo heard: hello"));
  CHECK(says(came["wrong"], "not_found"));
  CHECK(came["unknown"] == -32602);
  CHECK(came["progress"] >= 3);
  CHECK(came["cancelled"] == true);
  CHECK(says(came["form"], "Name: \"Ada\""));
  CHECK(says(came["draft"], "A draft by sandbox-writer"));
}

void look_at_person(const std::string& revision, const json& came) {
  const bool asks_people = revision >= "2025-06-18";  // before, there was no word for it
  CHECK(came["questions"].size() == (asks_people ? 1 : 0));
  if (asks_people) CHECK(says(came["questions"][0], "which name shall be put on the form?"));
  CHECK(says(came["form"], asks_people ? "Name: \"Ada\"" : "which name shall be put on the form?"));
}

void look_at_fixture(const std::string& revision, const json& came) {
  const bool asks_people = revision >= "2025-06-18";  // before, there was no word for it
  CHECK(came["one"] == (asks_people ? "Hello, Ada!" : "refused: -32021"));
  CHECK(came["all"] == (asks_people ? "3 answers for Ada" : "2 answers for nobody"));
  CHECK(came["rounds"] == (asks_people ? "Ada likes Ada" : "refused: -32021"));
  if (revision == "2026-07-28") CHECK(came["state"] == "state-ok");
  CHECK(holds(came["questions"], "roots"));
  CHECK(holds(came["questions"], "sampling"));
  CHECK(holds(came["questions"], "Your name?") == asks_people);
  CHECK(came["contents"] > 10);
  CHECK(came["progress"] == json::array({0, 50, 100}));
  CHECK(came["logged"] == (revision == "2026-07-28" ? 0 : 3));
  CHECK(came["changed"] == true);
}

}  // namespace

TEST_CASE("interop: the official clients do with the sandbox what a person would") {
  if (can_run()) play("sandbox", sandbox(), look_at_sandbox);
}

TEST_CASE("interop: the official clients put an agent's question to their person") {
  if (can_run()) play("person", sandbox(), look_at_person);
}

TEST_CASE("interop: the official clients are asked, are told, and answer") {
  if (can_run()) play("fixture", fixture(), look_at_fixture);
}

TEST_CASE("interop: the inspector finds nothing to mend") {
  if (!can_run()) return;
  const tests::Folder home;
  tests::NodeProgram inspector(folder, {"inspector.mjs", home.path(), sandbox().dump()});
  for (const bool modern : {false, false, true, true}) {
    const json came = next(inspector);
    CAPTURE(came["era"].dump());
    CAPTURE(came["transport"].dump());
    check_clean(came);
    CHECK_MESSAGE(came["tools"]["status"] == 0, came["tools"].dump());
    CHECK(says(came["tools"]["said"], "list_models"));
    // A modern client is handed a protocol task, and follows it to its end.
    CHECK_MESSAGE(came["call"]["status"] == 0, came["call"].dump());
    CHECK(says(came["call"]["said"], modern ? "A draft by sandbox-writer" : "working"));
    CHECK(came.contains("skills") == modern);
    if (modern) CHECK_MESSAGE(came["skills"]["status"] == 0, came["skills"].dump());
  }
}
