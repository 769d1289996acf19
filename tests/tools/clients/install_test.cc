// `patchbay install` and `uninstall`, as a person and a script run them, in a home of their own.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "tests/tools/clients/home.h"

using namespace std::chrono_literals;
using tests::Process;
using tests::home::Home;
using tests::home::mode_of;
using tests::home::Ran;
using tests::home::read;
using tests::home::write;
namespace fs = std::filesystem;

namespace {

std::string somebody_elses(const tools::Client& client) {
  if (client.kind == tools::FileKind::toml) return "# mine\nmodel = \"x\"";
  return "{\n  // mine\n  \"a\": {\"b\": 1}, \"" + std::string(client.container) +
         "\": {\"other\": {\"command\": \"c\"}}\n}";
}

}  // namespace

TEST_CASE("install and uninstall leave every client's file as it was, mode and all") {
  for (const tools::Client& client : tools::all_clients()) {
    CAPTURE(std::string(client.name));
    Home home;
    const std::string file = home.file(client);
    const std::string before = somebody_elses(client);
    write(file, before, 0640);
    const Ran ran = home.run({"install", client.name, "--yes"});
    CAPTURE(ran.problems);
    CHECK(ran.status == 0);
    CHECK(ran.says(file));
    CHECK(ran.says(tests::build::program));
    CHECK(ran.says("Done"));
    const std::string with = read(file);
    CHECK(with.find(tests::build::program) != std::string::npos);
    CHECK(with.find(tests::test_key) == std::string::npos);
    CHECK(mode_of(file) == 0640);
    const Ran again = home.run({"install", client.name});
    CHECK(again.status == 0);
    CHECK(again.says("installed already"));
    CHECK(read(file) == with);
    CHECK(home.run({"uninstall", client.name, "--yes"}).status == 0);
    CHECK(read(file) == before);
    CHECK(mode_of(file) == 0640);
    CHECK(home.run({"uninstall", client.name}).says("is not installed"));
  }
}

TEST_CASE("where there was no file, none is left, nor a folder") {
  for (const tools::Client& client : tools::all_clients()) {
    CAPTURE(std::string(client.name));
    Home home;
    const auto before = home.everything();
    CHECK(home.run({"install", client.name, "--yes"}).status == 0);
    CHECK(mode_of(home.file(client)) == 0600);
    CHECK(home.run({"uninstall", client.name, "--yes"}).status == 0);
    CHECK(home.everything() == before);
  }
}

TEST_CASE("what the user changed in between stays") {
  for (const tools::Client& client : tools::all_clients()) {
    CAPTURE(std::string(client.name));
    Home home;
    const std::string file = home.file(client);
    write(file, somebody_elses(client));
    home.run({"install", client.name, "--yes"});
    const bool toml = client.kind == tools::FileKind::toml;
    const std::string more = toml ? "# more\n" : "// more\n";
    write(file, more + read(file) + more);
    CHECK(home.run({"uninstall", client.name, "--yes"}).status == 0);
    CHECK(read(file) == more + somebody_elses(client) + more);
  }
}

TEST_CASE("without a terminal and without --yes nothing is changed") {
  Home home;
  const Ran ran = home.run({"install", "codex"});
  CHECK(ran.status == 2);
  CHECK(ran.says("+ [mcp_servers.patchbay]"));
  CHECK(ran.complains("--yes"));
  CHECK(home.everything().empty());
}

TEST_CASE("a person is shown the change and asked") {
  Home home;
  write(home.in(".codex/config.toml"), "model = \"x\"\n");
  const std::string declined = home.on_a_terminal({"install", "codex"}, "n\n");
  CHECK(declined.find("+ [mcp_servers.patchbay]") != std::string::npos);
  CHECK(declined.find("Change the file? [y/N]") != std::string::npos);
  CHECK(declined.find("Nothing was changed.") != std::string::npos);
  CHECK(read(home.in(".codex/config.toml")) == "model = \"x\"\n");
  CHECK(home.on_a_terminal({"install", "codex"}, "y\n").find("Done") != std::string::npos);
  CHECK(read(home.in(".codex/config.toml")).find("patchbay") != std::string::npos);
}

TEST_CASE("--print shows what to paste and changes nothing") {
  Home home;
  const Ran json = home.run({"install", "cursor", "--print"});
  CHECK(json.status == 0);
  const auto pasted = nlohmann::json::parse(json.said);
  CHECK(pasted["mcpServers"]["patchbay"]["command"] == tests::build::program);
  CHECK(home.run({"install", "codex", "--print"}).said.rfind("[mcp_servers.patchbay]\n", 0) == 0);
  CHECK(home.everything().empty());
}

TEST_CASE("a file that cannot be read is refused with line and column, and left alone") {
  Home home;
  write(home.in(".cursor/mcp.json"), "{\n  \"mcpServers\": {\n    oops\n  }\n}\n");
  write(home.in(".codex/config.toml"), "model = \n");
  for (const char* command : {"install", "uninstall"}) {
    const Ran cursor = home.run({command, "cursor", "--yes"});
    CHECK(cursor.status == 2);
    CHECK(cursor.complains(".cursor/mcp.json, line 3, column 5: expected"));
    CHECK(home.run({command, "codex", "--yes"}).complains("config.toml, line 1, column 9"));
  }
  CHECK(read(home.in(".codex/config.toml")) == "model = \n");
  CHECK(home.run({"install"}).says("line 3, column 5"));
  write(home.in(".cursor/mcp.json"), "{\n  \"mcpServers\": []\n}\n");
  const Ran odd = home.run({"install", "cursor", "--yes"});
  CHECK(odd.complains(
      ".cursor/mcp.json, line 2, column 17: expected an object; nothing was changed"));
}

TEST_CASE("another server of the same name goes only when that is wished, and comes back") {
  Home home;
  const std::string before =
      "{\"mcpServers\": {\"patchbay\": {\"command\": \"npx\", \"env\": {\"K\": \"sk-theirs\"}}}}";
  write(home.in(".cursor/mcp.json"), before);
  const Ran refused = home.run({"install", "cursor", "--yes"});
  CHECK(refused.status == 2);
  CHECK(refused.says("another server of this name: npx"));
  CHECK(refused.complains("--replace"));
  CHECK_FALSE(refused.says("sk-theirs"));
  CHECK(home.run({"uninstall", "cursor", "--yes"}).says("is another"));
  CHECK(read(home.in(".cursor/mcp.json")) == before);
  CHECK(home.run({"install", "cursor", "--replace"}).status == 0);
  CHECK(read(home.in(".cursor/mcp.json")).find("npx") == std::string::npos);
  CHECK(home.run({"uninstall", "cursor", "--yes"}).status == 0);
  CHECK(read(home.in(".cursor/mcp.json")) == before);
}

TEST_CASE("the options before the command are handed on, and a new start is an update") {
  Home home;
  const std::string before = somebody_elses(tools::cursor());
  write(home.in(".cursor/mcp.json"), before);
  home.run({"install", "cursor", "--yes"});
  const Ran update =
      home.run({"--sandbox", "--workspace", home.in(""), "install", "cursor", "--yes"});
  CHECK(update.says(std::string("- ") + tests::build::program));
  CHECK(read(home.in(".cursor/mcp.json")).find("--workspace") != std::string::npos);
  home.run({"--tools", "models", "install", "cursor", "--yes"});
  CHECK(nlohmann::json::parse(read(home.in(".cursor/mcp.json")), nullptr, true,
                              true)["mcpServers"]["patchbay"]["args"] ==
        nlohmann::json{"--tools", "models"});
  home.run({"uninstall", "cursor", "--yes"});
  CHECK(read(home.in(".cursor/mcp.json")) == before);
}

TEST_CASE("links are followed and stay; a link to nowhere becomes a file behind it") {
  Home home;
  write(home.in("dotfiles/codex.toml"), "a = 1\n");
  fs::create_directories(home.in(".codex"));
  fs::create_symlink("../dotfiles/codex.toml", home.in(".codex/config.toml"));
  CHECK(home.run({"install", "codex", "--yes"}).status == 0);
  CHECK(fs::is_symlink(home.in(".codex/config.toml")));
  CHECK(read(home.in("dotfiles/codex.toml")).find("patchbay") != std::string::npos);
  CHECK(home.run({"uninstall", "codex", "--yes"}).status == 0);
  CHECK(read(home.in("dotfiles/codex.toml")) == "a = 1\n");
  fs::remove(home.in("dotfiles/codex.toml"));
  CHECK(home.run({"install", "codex", "--yes"}).status == 0);
  CHECK(fs::is_symlink(home.in(".codex/config.toml")));
  CHECK(read(home.in("dotfiles/codex.toml")).find("patchbay") != std::string::npos);
}

TEST_CASE(
    "Codex is told the name of every variable that a run would miss, keys of the configuration "
    "too") {
  Home home;
  write(home.in("config/patchbay/config.json"),
        R"({"agents": {"r": {"card": "https://a.example/card", "key_env": "REVIEWER_KEY"}}})");
  home.environment["XDG_CONFIG_HOME"] = home.in("config");
  home.environment["OPENROUTER_BASE_URL"] = "http://127.0.0.1:1/v1";
  home.run({"install", "codex", "--yes"});
  const std::string text = read(home.in(".codex/config.toml"));
  CAPTURE(text);
  CHECK(text.find("env_vars = [\"OPENROUTER_API_KEY\", \"REVIEWER_KEY\", \"TAKO_KEY\", "
                  "\"OPENROUTER_BASE_URL\", \"XDG_CONFIG_HOME\"]") != std::string::npos);
}

TEST_CASE("a client's own command is used where it is there, and its whole doing undone") {
  Home home;
  const std::string before = "{ \"numStartups\": 3 }";
  write(home.in(".claude.json"), before);
  // Like the real one, it writes the file anew.
  home.add_program("claude",
                   "[ \"$1 $2 $3 $4 $5\" = 'mcp add-json --scope user patchbay' ] || exit 1\n"
                   "printf '{\\n  \"numStartups\": 4,\\n  \"mcpServers\": {\"patchbay\": %s}\\n}' "
                   "\"$6\" > $HOME/.claude.json\n");
  const Ran ran = home.run({"install", "claude", "--yes"});
  CAPTURE(ran.problems);
  CHECK(ran.status == 0);
  CHECK(ran.says("claude mcp add-json --scope user patchbay '{"));
  CHECK(read(home.in(".claude.json")).find("\"numStartups\": 4") != std::string::npos);
  CHECK(home.run({"install", "claude-code"}).says("installed already"));
  const Ran undone = home.run({"uninstall", "claude-code", "--yes"});
  CHECK(undone.says("- "));
  CHECK_FALSE(undone.says("numStartups"));  // what else is in the file is nobody's business
  CHECK(read(home.in(".claude.json")) == before);
  // When Claude Code has written it again since, only our entry goes.
  CHECK(home.run({"install", "claude", "--yes"}).status == 0);
  std::string later = read(home.in(".claude.json"));
  later.replace(later.find("4"), 1, "5");
  write(home.in(".claude.json"), later);
  CHECK(home.run({"uninstall", "claude", "--yes"}).status == 0);
  CHECK(read(home.in(".claude.json")) == "{\n  \"numStartups\": 5\n}");
}

TEST_CASE("a client's own command that fails changes nothing, and --edit does without it") {
  Home home;
  home.add_program("copilot", "exit 3\n");
  const Ran ran = home.run({"install", "copilot", "--yes"});
  CHECK(ran.status == 2);
  CHECK(ran.complains("--edit"));
  CHECK_FALSE(fs::exists(home.in(".copilot")));
  CHECK(home.run({"install", "copilot", "--edit", "--yes"}).status == 0);
  CHECK(read(home.in(".copilot/mcp-config.json")).find("patchbay") != std::string::npos);
}

TEST_CASE("without a name the clients that are there are listed, and nothing is changed") {
  Home home;
  CHECK(home.run({"install"}).status == 1);
  home.add_program("gemini", "exit 1\n");
  fs::create_directories(home.in(".cursor"));
  home.run({"install", "codex", "--yes"});
  const auto before = home.everything();
  const Ran ran = home.run({"install"});
  CHECK(ran.status == 0);
  CHECK(ran.says("gemini       Gemini CLI   not installed"));
  CHECK(ran.says("cursor       Cursor       not installed"));
  CHECK(ran.says("codex        Codex        installed"));
  CHECK(ran.says("patchbay install gemini"));
  CHECK_FALSE(ran.says("Cline"));
  CHECK(home.run({"uninstall"}).says("patchbay uninstall codex"));
  CHECK(home.everything() == before);
}

TEST_CASE("the path that is written is the one in PATH where that leads to this program") {
  Home home;
  fs::create_directories(home.in("bin"));
  fs::create_symlink(tests::build::program, home.in("bin/patchbay"));
  home.environment["PATH"] = home.in("bin") + ":/usr/bin:/bin";
  home.run({"install", "codex", "--yes"});
  CHECK(read(home.in(".codex/config.toml")).find(home.in("bin/patchbay")) != std::string::npos);
}

TEST_CASE("help of these commands fits 80 columns and gives examples") {
  Home home;
  for (const char* command : {"install", "uninstall"}) {
    const Ran ran = home.run({command, "--help"});
    CHECK(ran.status == 0);
    CHECK(ran.says("Examples:"));
    std::istringstream lines(ran.said);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      const bool names_program = line.rfind("Usage: ", 0) == 0;
      CHECK((names_program || line.size() <= 80));
    }
  }
}

TEST_CASE("--result-bytes cuts answers there, and lifts no limit of the configuration") {
  for (const auto& [configured, cut] :
       {std::pair{"{}", 600}, std::pair{"{\"result_bytes\": 512}", 512}}) {
    Home home;
    write(home.in(".config/patchbay/config.json"), configured);
    Process program({"--sandbox", "--result-bytes", "600", "call", "invoke",
                     R"({"target": "sandbox/echo", "prompt": ")" + std::string(2000, 'x') + "\"}"},
                    home.environment);
    std::string all;
    while (const auto line = program.line()) all += *line;
    CHECK(program.exited_within(10s) == 0);
    const auto shown = std::count(all.begin(), all.end(), 'x');
    CHECK(shown > cut / 2);
    CHECK(shown <= cut);
  }
}
