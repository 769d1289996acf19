// `patchbay uninstall`, and `install` again: what is found again wherever it was put, what is
// brought up to date, and what goes wrong on the way.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/tools/clients/home.h"

namespace fs = std::filesystem;
using tests::home::Home;
using tests::home::Ran;
using tests::home::read;
using tests::home::write;

TEST_CASE("a file that the client has moved away from is found by what was kept of it") {
  Home home;
  const std::string before = "model = \"x\"  # mine\n";
  write(home.in("elsewhere/config.toml"), before);
  home.environment["CODEX_HOME"] = home.in("elsewhere");
  home.run({"install", "codex", "--yes"});
  CHECK(read(home.in("elsewhere/config.toml")) != before);
  home.environment.erase("CODEX_HOME");
  CHECK(home.run({"uninstall"}).says(home.in("elsewhere/config.toml")));
  SUBCASE("as it is") {}
  SUBCASE("and also in its usual place") {
    home.run({"install", "codex", "--yes"});
    CHECK(read(home.in(".codex/config.toml")).find("patchbay") != std::string::npos);
  }
  const Ran gone = home.run({"uninstall", "codex", "--yes"});
  CHECK(gone.status == 0);
  CHECK(gone.says(home.in("elsewhere/config.toml")));
  CHECK(read(home.in("elsewhere/config.toml")) == before);
  CHECK_FALSE(fs::exists(home.in(".codex")));
  CHECK(home.run({"uninstall", "codex", "--yes"}).says("is not installed"));
}

TEST_CASE("of two files that a client may read, each is looked into") {
  Home home;
  struct Two {
    const char* client;
    const char* first;
    const char* later;
  };
  const Two all[] = {
      {"opencode", ".config/opencode/opencode.json", ".config/opencode/opencode.jsonc"},
      {"cline",
       ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/"
       "cline_mcp_settings.json",
       ".cline/data/settings/cline_mcp_settings.json"}};
  for (const Two& each : all) {
    CAPTURE(std::string(each.client));
    const std::string before = "{\n  \"theme\": \"x\"\n}\n";
    write(home.in(each.first), before);
    home.run({"install", each.client, "--yes"});
    CHECK(read(home.in(each.first)) != before);
    write(home.in(each.later), "{}\n");
    CHECK(home.run({"uninstall", each.client, "--yes"}).says(home.in(each.first)));
    CHECK(read(home.in(each.first)) == before);
    CHECK(read(home.in(each.later)) == "{}\n");
  }
}

TEST_CASE("a file whose record is kept is not forgotten while it cannot be read") {
  Home home;
  const std::string before = "model = \"x\"\n";
  write(home.in(".codex/config.toml"), before);
  home.run({"install", "codex", "--yes"});
  const std::string with = read(home.in(".codex/config.toml"));
  write(home.in(".codex/config.toml"), "oops\n");
  CHECK(home.run({"uninstall", "codex", "--yes"}).status == 2);
  write(home.in(".codex/config.toml"), with);
  home.run({"uninstall", "codex", "--yes"});
  CHECK(read(home.in(".codex/config.toml")) == before);
}

TEST_CASE("a program of another name is installed, known again, and taken out") {
  Home home;
  fs::create_directories(home.in("bin"));
  fs::copy_file(tests::build::program, home.in("bin/pb"));
  const std::string before = "model = \"x\"\n";
  write(home.in(".codex/config.toml"), before);
  const auto pb = [&](const std::string& words) { return home.shell("bin/pb " + words); };
  CHECK(pb("install codex --yes").says("Done"));
  CHECK(pb("install codex").says("installed already"));
  CHECK(pb("install").says("installed, starts " + home.in("bin/pb")));
  SUBCASE("by itself") { CHECK(pb("uninstall codex --yes").says("Done")); }
  SUBCASE("by another, from what was kept") {
    CHECK(home.run({"uninstall", "codex", "--yes"}).says("Done"));
  }
  CHECK(read(home.in(".codex/config.toml")) == before);
}

TEST_CASE("a second install hands on the keys that were configured since, and shows which") {
  for (const tools::Client& client : tools::all_clients()) {
    const std::string name = client.name;
    if (name == "cline") continue;  // it hands on nothing by name
    CAPTURE(name);
    Home home;
    const std::string before = client.kind == tools::FileKind::toml ? "a = 1\n" : "{\"a\": 1}\n";
    write(home.file(client), before);
    home.run({"install", name, "--yes"});
    write(home.in(".config/patchbay/config.json"),
          R"({"gateways": {"house": {"url": "https://a.example/v1", "key_env": "HOUSE_KEY"}}})");
    const Ran ran = home.run({"install", name, "--yes"});
    CAPTURE(ran.said);
    CHECK(ran.status == 0);
    CHECK(ran.says("  + hands on HOUSE_KEY\n"));
    CHECK(read(home.file(client)).find("HOUSE_KEY") != std::string::npos);
    CHECK(home.run({"install", name}).says("installed already"));
    home.run({"uninstall", name, "--yes"});
    CHECK(read(home.file(client)) == before);
  }
}

TEST_CASE("what the user wrote into the list of names stays as it is") {
  Home home;
  const std::string entry = std::string("[mcp_servers.patchbay]\ncommand = \"") +
                            tests::build::program + "\"\nargs = []\n";
  const std::string file = home.in(".codex/config.toml");
  write(file, entry + "env_vars = [\"MINE\"]\n");
  CHECK(home.run({"install", "codex", "--yes"}).says("hands on OPENROUTER_API_KEY, TAKO_KEY"));
  CHECK(read(file).find("[\"MINE\", \"OPENROUTER_API_KEY\", \"TAKO_KEY\"]") != std::string::npos);
  const std::string odd = entry + "env_vars = [{ name = \"MINE\", source = \"remote\" }]\n";
  write(file, odd);
  CHECK(home.run({"install", "codex", "--yes"}).says("installed already"));
  CHECK(read(file) == odd);
}

TEST_CASE("a key that somebody wrote into our entry is not shown when that goes") {
  Home home;
  const std::string key = "sk-somebody-0123456789";
  const std::string program = tests::build::program;
  write(home.in(".cursor/mcp.json"),
        "{\n  \"mcpServers\": {\n    \"patchbay\": {\n      \"command\": \"" + program +
            "\",\n      \"env\": {\n        \"TAKO_KEY\": \"${env:TAKO_KEY}\",\n        "
            "\"OPENROUTER_API_KEY\": \"" +
            key + "\"\n      }\n    }\n  }\n}\n");
  write(home.in(".codex/config.toml"),
        "[mcp_servers.patchbay]\ncommand = \"" + program + "\"\nenv = { A = \"" + key +
            "\" }\n\n[mcp_servers.patchbay.http_headers]\nB = \"" + key + "\"\n");
  for (const char* client : {"cursor", "codex"}) {
    const Ran ran = home.run({"uninstall", client, "--yes"});
    CAPTURE(ran.said);
    CHECK(ran.says("- "));
    CHECK(ran.says("\"…\""));
    CHECK_FALSE(ran.says(key));
    CHECK_FALSE(ran.complains(key));
  }
  CHECK(read(home.in(".cursor/mcp.json")).find(key) == std::string::npos);
  CHECK(read(home.in(".codex/config.toml")).find(key) == std::string::npos);
}

TEST_CASE("what a client's own command complains of is quoted, without a key") {
  Home home;
  // In halves, for it may lie in no file.
  const std::string& key = tests::test_key;
  home.add_program("claude",
                   fmt::format("echo 'Reading the settings'\n"
                               "key={}\nkey=$key{}\n"
                               "echo \"MCP is disabled by your organisation policy "
                               "($key)\" >&2\nexit 1\n",
                               key.substr(0, key.size() / 2), key.substr(key.size() / 2)));
  const Ran ran = home.run({"install", "claude", "--yes"});
  CHECK(ran.status == 2);
  CHECK(ran.complains("\"MCP is disabled by your organisation policy"));
  CHECK(ran.complains("--edit"));
  CHECK_FALSE(ran.complains(tests::test_key));
}

TEST_CASE("one client that cannot be changed does not keep the others from it") {
  Home home;
  write(home.in(".cursor/mcp.json"), "oops");
  const Ran ran = home.run({"install", "cursor", "codex", "--yes"});
  CHECK(ran.status == 2);
  CHECK(ran.complains("patchbay: cursor: "));
  CHECK(ran.says("Codex"));
  CHECK(ran.says("Done"));
  CHECK(read(home.in(".codex/config.toml")).find("patchbay") != std::string::npos);
  const Ran undone = home.run({"uninstall", "cursor", "codex", "--yes"});
  CHECK(undone.status == 2);
  CHECK_FALSE(fs::exists(home.in(".codex/config.toml")));
}

TEST_CASE("where nothing can be kept, nothing is changed, and it is said once why") {
  Home home;
  const std::string before = "model = \"x\"\n";
  write(home.in(".codex/config.toml"), before);
  write(home.in(".local/state"), "a file where a folder should be\n");
  const Ran ran = home.run({"install", "codex", "cursor", "--yes"});
  CAPTURE(ran.problems);
  CHECK(ran.status == 2);
  CHECK(ran.complains("what was there before could not be kept, so nothing was changed: " +
                      home.in(".local/state/patchbay")));
  CHECK_FALSE(ran.complains("it is installed"));
  CHECK(read(home.in(".codex/config.toml")) == before);
  CHECK_FALSE(fs::exists(home.in(".cursor")));
  const Ran token = home.run({"token", "add", "alice"});
  CHECK(token.status == 2);
  CHECK(token.complains("the state folder could not be made: " + home.in(".local/state/patchbay")));
  const Ran usage = home.run({"usage"});
  CHECK(usage.status == 2);
  CHECK(usage.complains("the state folder: " + home.in(".local/state/patchbay")));
}

TEST_CASE("of a file that was only looked at, it is not said that it was not changed") {
  Home home;
  fs::create_directories(home.in(".cursor/mcp.json"));
  const Ran listed = home.run({"install"});
  CHECK(listed.says(home.in(".cursor/mcp.json") + ": is not a regular file\n"));
  CHECK_FALSE(listed.says("nothing was changed"));
  CHECK(home.run({"install", "cursor", "--yes"}).status == 2);
}

TEST_CASE("a read-only file is changed for nobody but a person who is told so") {
  Home home;
  const std::string file = home.in(".codex/config.toml");
  write(file, "model = \"x\"\n", 0444);
  const Ran refused = home.run({"install", "codex", "--yes"});
  CHECK(refused.status == 2);
  CHECK(refused.complains(file + " is read-only"));
  CHECK(read(file) == "model = \"x\"\n");
  CHECK(home.on_a_terminal({"install", "codex", "--yes"}, "").find("read-only: make it writable") !=
        std::string::npos);
  const std::string asked = home.on_a_terminal({"install", "codex"}, "yes\n");
  CHECK(asked.find("The file is read-only. Change the file? [y/N]") != std::string::npos);
  CHECK(read(file).find("patchbay") != std::string::npos);
}

TEST_CASE("yes is yes in any letters; what is shown comes before what went wrong") {
  for (const char* answer : {"Yes\n", "YES\n", "Y\n", "y\n"}) {
    Home home;
    CHECK(home.on_a_terminal({"install", "codex"}, answer).find("Done") != std::string::npos);
  }
  Home home;
  for (const char* answer : {"no\n", "\n", "yesterday\n"}) {
    CHECK(home.on_a_terminal({"install", "codex"}, answer).find("Nothing was changed") !=
          std::string::npos);
  }
  const std::string both = home.shell("bin/patchbay install codex </dev/null").said;
  CHECK(both.find("+ [mcp_servers.patchbay]") < both.find("no terminal to ask on"));
  CHECK(both.find("--print only shows") != std::string::npos);
  home.run({"install", "codex", "--yes"});
  const std::string uninstalled = home.shell("bin/patchbay uninstall codex </dev/null").said;
  CHECK(uninstalled.find("no terminal to ask on: --yes") != std::string::npos);
  CHECK(uninstalled.find("--print") == std::string::npos);
}

TEST_CASE("without a home folder that is said once, not for each client") {
  Home home;
  const std::string install = home.shell("HOME= bin/patchbay install").said;
  CHECK(install == "patchbay: there is no home folder: set HOME\n");
  const std::string doctor =
      home.shell(
              "HOME= OPENROUTER_BASE_URL=http://127.0.0.1:1 TAKOAPI_BASE_URL=http://127.0.0.1:1 "
              "bin/patchbay doctor")
          .said;
  CHECK(doctor.find("clients         not known: no home folder") != std::string::npos);
  CHECK(doctor.find("configuration   none: no home folder") != std::string::npos);
  CHECK(doctor.find("note Codex") == std::string::npos);
}

TEST_CASE("small things that are said, are said whole") {
  Home home;
  CHECK(home.run({"install"}).says("\n  patchbay install claude-code --print\n"));
  const std::string help = home.run({"install", "--help"}).said;
  CHECK(help.find("cursor, cline,\n  qwen\n") != std::string::npos);
  CHECK(home.run({"token", "add", "--help"}).says("patchbay token add alice"));
  CHECK_FALSE(home.run({"token", "add", "--help"}).says("install claude-code"));
  const Ran none = home.run({"token", "list"});
  CHECK(none.said.empty());
  CHECK(none.complains("Nobody has one"));
  CHECK(home.run({"call", "invoke", "[]"}).complains("are not a JSON object\n"));
}
