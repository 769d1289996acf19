// What is packed of the program: by one script, with one version number, and as those who read such
// packages want it. They check it themselves, install it, and what they installed answers a call.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "mcp/request_state.h"
#include "tests/build.h"
#include "tests/interop/node.h"
#include "tests/process.h"
#include "tests/shell.h"
#include "tools/program.h"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::quoted;
namespace fs = std::filesystem;

namespace {

const std::string folder = std::string(tests::build::tests_folder) + "/interop/packages";
const std::string root = fs::path(tests::build::tests_folder).parent_path().string();
const std::string version = tools::version;
#if defined(__aarch64__)
const std::string cpu = "arm64";
#else
const std::string cpu = "x64";
#endif
const std::string platform_package = "npm-linux-" + cpu + "/package.json";

bool can_build() {
  if (!tests::build::sanitized) return true;
  MESSAGE("skipped: packages, because nobody installs a program with sanitizers");
  return false;
}

// Every package, built once for all cases of this file; the next run replaces them.
struct Packages {
  Packages()
      : built(tests::shell(quoted(root + "/.packaging/build.sh") + " " +
                           quoted(tests::build::build_folder) + " " + quoted(path()))) {}

  static std::string path() { return std::string(tests::build::build_folder) + "/tested-packages"; }
  static std::string file(const std::string& name) { return path() + "/" + name; }

  tests::Ran built;
};

const Packages& packages() {
  static const Packages all;
  INFO(all.built.output);
  REQUIRE(all.built.status == 0);
  return all;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  CAPTURE(path);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

json json_of(const std::string& path) { return json::parse(bytes_of(path)); }

std::string the_one(const std::string& ending) {
  for (const auto& entry : fs::directory_iterator(packages().path())) {
    if (entry.path().string().ends_with(ending)) return entry.path().string();
  }
  FAIL("no package ends with " << ending);
  return {};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A plugin's starter, in a home where `patchbay` shows the keys that it was given.
tests::Ran started(const std::string& environment, bool with_program = true) {
  const tests::Folder home;
  fs::create_directories(home.path() + "/.local/bin");
  const std::string program = home.path() + "/.local/bin/patchbay";
  if (with_program) {
    std::ofstream(program) << "#!/bin/sh\n"
                              "echo \"$OPENROUTER_API_KEY,${TAKO_KEY-none},$*\"\n"
                              "env | grep -c PATCHBAY_PLUGIN\nexit 7\n";
    fs::permissions(program, fs::perms::owner_all);
  }
  return tests::shell("env -i PATH=/bin:/usr/bin HOME=" + quoted(home.path()) + " " + environment +
                      " " + quoted(root + "/.packaging/start") + " --tools models");
}

}  // namespace

TEST_CASE("one version number is in every package") {
  for (const char* plugin : {"/.claude-plugin/plugin.json", "/.codex-plugin/plugin.json"}) {
    CAPTURE(plugin);
    CHECK(json_of(root + plugin)["version"] == version);
  }
  if (!can_build()) return;
  const std::vector<std::string> endings = {
      fmt::format("_{}_{}.deb", version, cpu == "x64" ? "amd64" : cpu),
      fmt::format("patchbay-{}-linux-{}.tar.gz", version, cpu),
      fmt::format("linux.{}.patchbay.tar.gz", cpu),
      fmt::format("patchbay-{}-linux-{}.mcpb", version, cpu)};
  for (const std::string& ending : endings) {
    CHECK(fs::exists(the_one(ending)));
    CHECK(holds(bytes_of(packages().file("SHA256SUMS")), ending));
  }
  for (const std::string& name :
       {std::string("npm/package.json"), platform_package, std::string("mcpb/manifest.json"),
        std::string("gemini/gemini-extension.json")}) {
    CAPTURE(name);
    CHECK(json_of(packages().file("folders/" + name))["version"] == version);
  }
}

TEST_CASE("what the npm package starts is the package of the platform, at exactly its version") {
  if (!can_build()) return;
  const json wrapper = json_of(packages().file("folders/npm/package.json"));
  const json platform = json_of(packages().file("folders/" + platform_package));
  CHECK(wrapper["optionalDependencies"][platform["name"].get<std::string>()] == version);
  CHECK(platform["os"] == json{"linux"});
  CHECK(!wrapper.contains("scripts"));  // nothing is fetched when it is installed
}

TEST_CASE("server.json is within the registry's bounds and names what was built") {
  if (!can_build()) return;
  const json server = json_of(packages().file("server.json"));
  CHECK(server["version"] == version);
  CHECK(server["description"].get<std::string>().size() <= 100);
  const json npm = json_of(packages().file("folders/npm/package.json"));
  CHECK(server["name"] == npm["mcpName"]);
  CHECK(server["packages"][0]["identifier"] == npm["name"]);
  CHECK(server["packages"][0]["version"] == version);
  const json& bundle = server["packages"][1];
  const std::string url = bundle["identifier"];
  CHECK(url.starts_with("https://github.com/"));
  CHECK(holds(url, "mcp"));
  CHECK(bundle["fileSha256"] ==
        mcp::sha256_hex(bytes_of(the_one("/" + url.substr(url.rfind('/') + 1)))));
}

TEST_CASE("a plugin starts the program where the user has it, and hands its keys on") {
  const tests::Ran given = started("PATCHBAY_PLUGIN_OPENROUTER_KEY=from-plugin");
  CHECK(given.output == "from-plugin,none,--tools models\n0\n");
  CHECK(given.status == 7);
  const tests::Ran both =
      started("PATCHBAY_PLUGIN_OPENROUTER_KEY=from-plugin OPENROUTER_API_KEY=own");
  CHECK(both.output.starts_with("own,"));
  // A client that does not know the plugin's settings leaves their names in their place.
  const tests::Ran literal = started(
      "'PATCHBAY_PLUGIN_OPENROUTER_KEY=${user_config.openrouter_key}' OPENROUTER_API_KEY=own "
      "'PATCHBAY_PLUGIN_TAKO_KEY=${user_config.tako_key}' 'TAKO_KEY=${TAKO_KEY}'");
  CHECK(literal.output.starts_with("own,none,"));
  const tests::Ran missing = started("", false);
  CHECK(missing.status == 127);
  CHECK(holds(missing.output, "the program is not"));
}

TEST_CASE("the Debian package installs, runs, and goes without a trace") {
  if (!can_build()) return;
  if (tests::shell("command -v dpkg").status != 0) {
    MESSAGE("skipped: the Debian package, because dpkg is not installed");
    return;
  }
  const tests::Folder place;
  const tests::Ran ran =
      tests::shell("set -e\ncd " + quoted(place.path()) +
                   "\nmkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates "
                   "root/var/lib/dpkg/triggers home\n"
                   "touch root/var/lib/dpkg/status\n"
                   "files() { find root -not -path 'root/var/lib/dpkg*' | sort; }\n"
                   "debian() { dpkg --root=\"$PWD/root\" --force-not-root --force-depends "
                   "--log=/dev/null \"$@\"; }\n"
                   "files >before\n"
                   "debian -i " +
                   quoted(the_one(".deb")) +
                   " >installing 2>&1 || { cat installing; exit 1; }\n"
                   "HOME=$PWD/home root/usr/bin/patchbay --sandbox call invoke "
                   "'{\"target\":\"sandbox/echo\",\"prompt\":\"hello\"}'\n"
                   "test -s root/usr/share/doc/patchbay/copyright\n"
                   "debian -P patchbay >/dev/null\n"
                   "files >after\ncmp before after\n"
                   "find home -type f | grep -v '^home/.local/state/patchbay/' && exit 1\n"
                   "echo gone");
  CAPTURE(ran.output);
  CHECK(ran.status == 0);
  CHECK(holds(ran.output, "sandbox/echo heard: hello"));
  CHECK(ran.output.ends_with("gone\n"));
}

TEST_CASE("interop: those who read skills, plugins and packages find nothing to mend") {
  if (!can_build()) return;
  for (const std::string& needed : {folder, root + "/tests/interop/apps"}) {
    const std::string why = tests::why_no_node(needed);
    if (!why.empty()) MESSAGE("skipped: the validators of packages, because " << why);
    if (!why.empty()) return;
  }
  const tests::Folder home;
  tests::NodeProgram check(
      folder, {"check.mjs", tests::build::program, root, packages().path(), home.path()});
  std::set<std::string> passed;
  while (const auto line = check.line(90s)) {
    const json came = json::parse(*line);
    CAPTURE(came.dump());
    CHECK(came["status"] == 0);
    const std::string name = came["name"];
    const std::string said = came["said"];
    if (name == "npm" || name == "mcpb") CHECK(holds(said, "sandbox/echo heard: hello"));
    if (name == "gemini") CHECK(holds(said, "Connected"));
    if (name == "claude_installs") CHECK(holds(said, "Connected"));
    if (name == "claude_installs") CHECK(holds(said, "Skills (3)"));
    if (name == "codex_installs") CHECK(holds(said, "./.packaging/start"));
    if (name == "copilot_installs") CHECK(holds(said, "Installed 3 skills"));
    passed.insert(name);
  }
  CHECK(passed == std::set<std::string>{"claude_installs", "claude_validates", "codex_installs",
                                        "copilot_installs", "gemini", "mcpb", "npm", "skills_ref"});
}
