// Where keys come from: rows M03, M05 and M07 of the list of faults, and what is beside them.
#include "tools/keys/key_sources.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "catalog/errors.h"
#include "tests/process.h"
#include "tools/keys/key_file.h"

namespace fs = std::filesystem;
using catalog::Refused;
using catalog::Secret;
using nlohmann::json;
using tools::KeySources;

namespace {

const std::string key = "file-key-0123456789abcdef";

void write(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
}

// A file with a key, as it should be.
struct KeyFile {
  explicit KeyFile(const std::string& text = key + "\n") {
    ::chmod(folder.path().c_str(), 0700);
    write(path, text, 0600);
  }
  KeySources sources() const {
    KeySources of;
    of.owner = "agents.reviewer";
    of.file = path;
    return of;
  }

  tests::Folder folder;
  std::string path = folder.path() + "/reviewer.key";
};

std::string problem_of(const KeySources& sources) {
  const Secret secret = tools::secret_from(sources);
  CHECK_FALSE(secret.empty());
  try {
    secret.ask({});
  } catch (const Refused& refused) {
    CHECK(refused.kind == catalog::Kind::unauthorized);
    CHECK(secret.reveal().empty());
    return refused.what_happened;
  }
  return {};
}

std::string value_of(const KeySources& sources) {
  const Secret secret = tools::secret_from(sources);
  secret.ask({});
  return std::string(secret.reveal());
}

// A program that the tests write: found by its whole path.
std::string script(const tests::Folder& folder, const std::string& name, const std::string& body) {
  const std::string path = folder.path() + "/" + name;
  write(path, "#!/bin/sh\n" + body + "\n", 0700);
  return path;
}

KeySources from_command(const std::vector<std::string>& command) {
  KeySources sources;
  sources.owner = "openrouter";
  sources.command = command;
  return sources;
}

// PATH as it is for the time of a test.
struct WithPath {
  explicit WithPath(const std::string& folder) : before(::getenv("PATH")) {
    const std::string both = folder + ":" + before;
    ::setenv("PATH", both.c_str(), 1);
  }
  ~WithPath() { ::setenv("PATH", before.c_str(), 1); }
  std::string before;
};

}  // namespace

TEST_CASE("M03: a key file that others could read or write is refused, and its path is named") {
  struct Case {
    const char* what;
    const char* problem;
    std::function<void(KeyFile&, KeySources&)> spoil;
  };
  const Case cases[] = {
      {"0644", "chmod 600", [](KeyFile& f, KeySources&) { ::chmod(f.path.c_str(), 0644); }},
      {"0640", "chmod 600", [](KeyFile& f, KeySources&) { ::chmod(f.path.c_str(), 0640); }},
      {"0604", "chmod 600", [](KeyFile& f, KeySources&) { ::chmod(f.path.c_str(), 0604); }},
      {"folder 0777", "written by others",
       [](KeyFile& f, KeySources&) { ::chmod(f.folder.path().c_str(), 0777); }},
      {"folder 0770", "written by others",
       [](KeyFile& f, KeySources&) { ::chmod(f.folder.path().c_str(), 0770); }},
      {"symlink", "symbolic link",
       [](KeyFile& f, KeySources& sources) {
         sources.file = f.folder.path() + "/link";
         fs::create_symlink(f.path, sources.file);
       }},
      {"directory", "not a regular file",
       [](KeyFile& f, KeySources&) {
         fs::remove(f.path);
         fs::create_directory(f.path);
       }},
      {"pipe", "not a regular file",
       [](KeyFile& f, KeySources&) {
         fs::remove(f.path);
         ::mkfifo(f.path.c_str(), 0600);
       }},
      {"workspace", "in the workspace",
       [](KeyFile& f, KeySources& sources) { sources.workspaces = {f.folder.path()}; }},
      {"below the workspace", "in the workspace",
       [](KeyFile&, KeySources& sources) { sources.workspaces = {fs::temp_directory_path()}; }},
      {"missing", "does not exist", [](KeyFile& f, KeySources&) { fs::remove(f.path); }},
  };
  for (const Case& each : cases) {
    CAPTURE(each.what);
    KeyFile file;
    KeySources sources = file.sources();
    each.spoil(file, sources);
    const std::string problem = problem_of(sources);
    CAPTURE(problem);
    CHECK(problem.find(each.problem) != std::string::npos);
    CHECK(problem.find("agents.reviewer") != std::string::npos);
    CHECK(problem.find("key_file") != std::string::npos);
    CHECK(problem.find(key) == std::string::npos);
  }
  CHECK(value_of(KeyFile().sources()) == key);
}

TEST_CASE("M03: a key file of another owner is refused" * doctest::skip(::geteuid() != 0)) {
  const KeyFile file;
  REQUIRE(::chown(file.path.c_str(), 65534, 65534) == 0);
  CHECK(problem_of(file.sources()).find("somebody else") != std::string::npos);
}

TEST_CASE("M05: what no header can carry is no key, wherever it comes from") {
  struct Case {
    std::string text;
    const char* problem;
  };
  const Case cases[] = {{"", "empty"},
                        {"\n", "empty"},
                        {std::string(1024 * 1024, 'k'), "longer than"},
                        {"k\xC3\xA4se-0123456789", "visible ASCII"},
                        {"line-0123456789\nanother-0123456789", "one line"},
                        {std::string("nul\0l-0123456789", 16), "visible ASCII"},
                        {"tab\t-0123456789abc", "visible ASCII"},
                        {" blank-0123456789", "visible ASCII"}};
  for (const Case& each : cases) {
    const std::string start = each.text.substr(0, 12);
    CAPTURE(start);
    const std::string in_file = problem_of(KeyFile(each.text).sources());
    CHECK(in_file.find(each.problem) != std::string::npos);
    CHECK(in_file.find("0123456789") == std::string::npos);
    KeySources sources;
    sources.owner = "openrouter";
    sources.variable = "OPENROUTER_API_KEY";
    sources.value = each.text;
    const std::string in_variable = problem_of(sources);
    CHECK(in_variable.find("OPENROUTER_API_KEY: the key is") != std::string::npos);
    CHECK(in_variable.find("0123456789") == std::string::npos);
  }
}

TEST_CASE("a command gives the key by its first line; it sees no terminal and nothing of ours") {
  const tests::Folder folder;
  const std::string path = script(folder, "give",
                                  "read -r line && exit 9\n"  // stdin is empty
                                  "[ \"$(pwd)\" = / ] || exit 8\n"
                                  "[ \"$(ls /proc/self/fd | wc -l)\" -le 4 ] || exit 7\n"
                                  "(: </dev/tty) 2>/dev/null && exit 6\n"
                                  "echo \"$1\"; echo and more; echo hidden >&2");
  CHECK(value_of(from_command({path, key})) == key);
  CHECK(value_of(from_command({"printf", "%s", "$HOME;`id`-0123456789"})) ==
        "$HOME;`id`-0123456789");  // no shell looks at it
}

TEST_CASE("a command that gives no key is said by its name, and does not hold a call up") {
  const tests::Folder folder;
  struct Case {
    std::string body;
    const char* problem;
  };
  const Case cases[] = {{"exit 3", "ended with an error"},
                        {"echo " + key + "; exit 1", "ended with an error"},
                        {"true", "gave no key"},
                        {"kill -9 $$", "ended with an error"},
                        {"yes 0123456789", "wrote too much"},
                        {"head -c 60000 /dev/zero | tr '\\0' k", "longer than"}};
  for (const Case& each : cases) {
    CAPTURE(each.body);
    const std::string problem = problem_of(from_command({script(folder, "key", each.body)}));
    CAPTURE(problem);
    CHECK(problem.find(each.problem) != std::string::npos);
    CHECK(problem.find("key_command") != std::string::npos);
    CHECK(problem.find(key) == std::string::npos);
  }
  CHECK(problem_of(from_command({"/no/such/program"})).find("was not found") != std::string::npos);
}

TEST_CASE("a command that hangs is killed when the call is cancelled, with what it started") {
  const tests::Folder folder;
  const std::string mark = folder.path() + "/pid";
  const std::string path = script(folder, "hang", "sleep 60 & echo $! > " + mark + "; wait");
  const Secret secret = tools::secret_from(from_command({path}));
  std::jthread asker(
      [&](std::stop_token stop) { CHECK_THROWS_AS(secret.ask(stop), catalog::Cancelled); });
  std::string pid;
  for (int i = 0; i < 3000 && pid.empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::ifstream(mark) >> pid;
  }
  REQUIRE_FALSE(pid.empty());
  const auto began = std::chrono::steady_clock::now();
  asker.request_stop();
  asker.join();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  bool gone = false;
  for (int i = 0; i < 3000 && !gone; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::string state;
    std::ifstream status("/proc/" + pid + "/stat");
    for (int field = 0; field < 3; ++field) status >> state;
    gone = !status || state == "Z";
  }
  CHECK(gone);
}

TEST_CASE("M07: a keyring that is locked or absent passes the question on, or says so") {
  const tests::Folder folder;
  KeySources sources;
  sources.owner = "openrouter";
  sources.keyring = true;
  SUBCASE("locked") {
    script(folder, "secret-tool", "echo 'cannot autolaunch D-Bus' >&2; exit 1");
    const WithPath path(folder.path());
    CHECK(problem_of(sources) ==
          "the key of openrouter could not be had: the keyring: secret-tool ended with an error");
  }
  SUBCASE("locked, but there is a login") {
    script(folder, "secret-tool", "exit 1");
    const WithPath path(folder.path());
    sources.login_file = folder.path() + "/keys/openrouter.ai-443";
    tools::write_key_file(sources.login_file, key);
    CHECK(value_of(sources) == key);
  }
  SUBCASE("open") {
    script(folder, "secret-tool",
           "[ \"$*\" = 'lookup service patchbay account openrouter' ] && printf %s " + key);
    const WithPath path(folder.path());
    CHECK(value_of(sources) == key);
  }
}

TEST_CASE("a login that comes while the program runs is found, and its file is private") {
  const tests::Folder folder;
  KeySources sources;
  sources.owner = "openrouter";
  sources.login_file = tools::login_file(folder.path(), "https://openrouter.ai:443");
  const Secret secret = tools::secret_from(sources);
  CHECK(secret.empty());
  tools::write_key_file(sources.login_file, key);
  CHECK_FALSE(secret.empty());
  secret.ask({});
  CHECK(secret.reveal() == key);
  struct stat about {};
  REQUIRE(::stat(sources.login_file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
}

TEST_CASE("the sources of a key are named, never asked, when the settings are read") {
  KeySources sources;
  sources.owner = "directories.team";
  const auto environment = [](const char* name) -> std::optional<std::string> {
    if (std::string(name) == "HOME") return "/home/you";
    return std::nullopt;
  };
  tools::add_configured(sources, json::parse(R"({"key_env": "TEAM_KEY", "key_file": "~/team.key",
                                        "key_command": ["pass", "show"], "key_keyring": true})"),
                        environment);
  CHECK(tools::names_of(sources) ==
        "key_file /home/you/team.key or key_command pass or the keyring");
  CHECK_FALSE(tools::secret_from(sources).empty());
  for (const char* wrong :
       {R"({"key_file": "team.key"})", R"({"key_file": 7})", R"({"key_command": "pass show"})",
        R"({"key_command": []})", R"({"key_command": [""]})", R"({"key_keyring": "yes"})"}) {
    CAPTURE(wrong);
    KeySources none;
    none.owner = "directories.team";
    CHECK_THROWS_AS(tools::add_configured(none, json::parse(wrong), environment),
                    std::runtime_error);
  }
}
