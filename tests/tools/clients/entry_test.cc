// Our entry in the files of the nine clients, each in its documented format.
#include "tools/clients/entry.h"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>

#include "tools/clients/install_record.h"
#include "tools/clients/shown_change.h"
#include "tools/clients/toml_text.h"

using mcp::OrderedJson;
using tools::Client;

namespace {

const tools::Launch launch = {"/opt/bin/patchbay", {"--sandbox"}, {"OPENROUTER_API_KEY"}, {}};

std::string problem_of(const Client& client, const std::string& text) {
  try {
    tools::find_entry(client, text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

// A file of that client with another server in it, and things to trip over.
std::string somebody_elses(const Client& client) {
  if (client.kind == tools::FileKind::toml) {
    return "model = \"x\"  # which\n\n[mcp_servers.other]\ncommand = 'a b'\nargs = [\n  "
           "\"[patchbay]\", # "
           "no\n]\n\n[mcp_servers.other.env]\nA = \"\"\"\n[mcp_servers.patchbay]\n\"\"\"\n";
  }
  return std::string("{\n    \"theme\": \"dark\",  // so it is\n    \"") + client.container +
         "\": {\n        \"other\": {\"command\": \"a\", \"note\": \"patchbay\"}\n    },\n    "
         "\"z\": [1, "
         "2]\n}\n";
}

}  // namespace

TEST_CASE("every client has names of its own, a title and a file in the home folder") {
  std::set<std::string> names;
  const tools::Environment home = [](const char* name) -> std::optional<std::string> {
    return std::string(name) == "HOME" ? std::optional<std::string>("/home/me") : std::nullopt;
  };
  for (const Client& client : tools::all_clients()) {
    CHECK(names.insert(client.name).second);
    for (const std::string& other : client.also_named) CHECK(names.insert(other).second);
    for (const std::string& file : client.files(home)) CHECK(file.rfind("/home/me/.", 0) == 0);
    CHECK(tools::client_named(client.name).title == client.title);
  }
  CHECK(tools::all_clients().size() == 9);
  CHECK_THROWS_WITH_AS(tools::client_named("emacs"), doctest::Contains("claude-code, codex"),
                       std::runtime_error);
}

TEST_CASE("the entry of each client is what its documentation asks for, with no key in it") {
  const OrderedJson args = {"--sandbox"};
  const OrderedJson expected = {
      {"claude-code",
       {{"type", "stdio"},
        {"command", "/opt/bin/patchbay"},
        {"args", args},
        {"env", {{"OPENROUTER_API_KEY", "${OPENROUTER_API_KEY:-}"}}}}},
      {"codex",
       {{"command", "/opt/bin/patchbay"},
        {"args", args},
        {"env_vars", {"OPENROUTER_API_KEY"}},
        {"default_tools_approval_mode", "approve"},
        {"supports_parallel_tool_calls", true}}},
      {"opencode",
       {{"type", "local"},
        {"command", {"/opt/bin/patchbay", "--sandbox"}},
        {"environment", {{"OPENROUTER_API_KEY", "{env:OPENROUTER_API_KEY}"}}},
        {"timeout", 60000}}},
      {"gemini",
       {{"command", "/opt/bin/patchbay"},
        {"args", args},
        {"env", {{"OPENROUTER_API_KEY", "$OPENROUTER_API_KEY"}}},
        {"timeout", 600000}}},
      {"copilot",
       {{"type", "local"},
        {"command", "/opt/bin/patchbay"},
        {"args", {"--sandbox", "--result-bytes", "6000"}},
        {"env", {{"OPENROUTER_API_KEY", "${OPENROUTER_API_KEY}"}}},
        {"tools", {"*"}},
        {"timeout", 60000}}},
      {"vscode",
       {{"type", "stdio"},
        {"command", "/opt/bin/patchbay"},
        {"args", args},
        {"env", {{"OPENROUTER_API_KEY", "${env:OPENROUTER_API_KEY}"}}}}},
      {"cursor",
       {{"type", "stdio"},
        {"command", "/opt/bin/patchbay"},
        {"args", args},
        {"env", {{"OPENROUTER_API_KEY", "${env:OPENROUTER_API_KEY}"}}}}},
      {"cline",
       {{"command", "/opt/bin/patchbay"},
        {"args", {"--sandbox", "--result-bytes", "6000"}},
        {"timeout", 120},
        {"disabled", false}}},
      {"qwen",
       {{"command", "/opt/bin/patchbay"},
        {"args", args},
        {"env", {{"OPENROUTER_API_KEY", "$OPENROUTER_API_KEY"}}},
        {"timeout", 600000}}},
  };
  OrderedJson entries = OrderedJson::object();
  for (const Client& client : tools::all_clients()) {
    entries[client.name] = tools::whole_entry(client, launch);
  }
  CHECK(entries == expected);
}

TEST_CASE("an entry comes into every client's file and goes again to the byte") {
  for (const Client& client : tools::all_clients()) {
    CAPTURE(std::string(client.name));
    const std::string theirs = somebody_elses(client);
    for (const std::string& before : {theirs, std::string(), theirs.substr(0, theirs.size() - 1)}) {
      CHECK_FALSE(tools::find_entry(client, before));
      const std::string with =
          tools::with_entry(client, before, tools::whole_entry(client, launch));
      CAPTURE(with);
      const auto found = tools::find_entry(client, with);
      REQUIRE(found);
      CHECK(found->is_ours());
      CHECK(found->starts == tools::starts_of(client.launch(launch)));
      const auto record = tools::record_of(client, "f", before, with);
      CHECK(tools::text_without_us(client, record, with) == before);
      // With something changed before and after it.
      const std::string ours = client.kind == tools::FileKind::toml ? "# top\n" : "// top\n";
      CHECK(tools::text_without_us(client, record, ours + with + ours) == ours + before + ours);
      // And without a record.
      const auto rest = tools::text_without_us(client, {}, with);
      REQUIRE(rest);
      CHECK_FALSE(tools::find_entry(client, *rest));
    }
    CHECK(tools::without_entry(
              client, tools::with_entry(client, theirs, tools::whole_entry(client, launch)),
              false) == theirs);
  }
}

TEST_CASE(
    "a file that was made for us is gone with us, unless somebody has put something into it") {
  for (const Client& client : tools::all_clients()) {
    CAPTURE(std::string(client.name));
    const std::string made = tools::with_entry(client, "", tools::whole_entry(client, launch));
    const auto record = tools::record_of(client, "f", std::nullopt, made);
    CHECK_FALSE(tools::text_without_us(client, record, made));
    const std::string more = client.kind == tools::FileKind::toml
                                 ? made + "\n[other]\na = 1\n"
                                 : "{\n  \"more\": 1," + made.substr(1);
    const auto rest = tools::text_without_us(client, record, more);
    REQUIRE(rest);
    CHECK_FALSE(tools::find_entry(client, *rest));
    CHECK(rest->find(client.kind == tools::FileKind::toml ? "a = 1" : "\"more\": 1") !=
          std::string::npos);
    CHECK(rest->find(client.container) == std::string::npos);
  }
}

TEST_CASE("when the program has moved only that is changed, and what the user added stays") {
  for (const Client& client : tools::all_clients()) {
    CAPTURE(std::string(client.name));
    const tools::Launch old = {"/old/patchbay", {}, {"OPENROUTER_API_KEY"}, {}};
    OrderedJson entry = tools::whole_entry(client, old);
    entry["enabled"] = false;
    const std::string before = tools::with_entry(client, somebody_elses(client), entry);
    const std::string after = tools::with_launch(client, before, client.launch(launch));
    CAPTURE(after);
    CHECK(tools::find_entry(client, after)->starts == tools::starts_of(client.launch(launch)));
    CHECK(after.find("/old/") == std::string::npos);
    CHECK(after.find("enabled") != std::string::npos);
  }
}

TEST_CASE("an entry is ours by the program that it starts") {
  const Client codex = tools::codex();
  const auto ours = [&](const std::string& text) {
    const auto found = tools::find_entry(codex, text);
    REQUIRE(found);
    return found->is_ours();
  };
  CHECK(ours("[mcp_servers.patchbay]\ncommand = '/a/patchbay'\n"));
  CHECK(ours("[mcp_servers]\npatchbay.command = \"/a/patchbay\"\n"));
  CHECK(ours("mcp_servers.\"patchbay\".command = \"patchbay.exe\"\n"));
  CHECK_FALSE(ours("[mcp_servers.patchbay]\ncommand = 'npx'\nargs = ['patchbay']\n"));
  CHECK_FALSE(ours("[mcp_servers.patchbay]\nurl = \"http://127.0.0.1:1/mcp\"\n"));
  CHECK_FALSE(ours("[mcp_servers.patchbay.env]\nA = 'b'\n"));
  // As Cline's own command nests it.
  const auto nested = tools::find_entry(
      tools::cline(),
      R"({"mcpServers": {"patchbay": {"transport": {"command": "/a/patchbay", "args": ["x"]}}}})");
  REQUIRE(nested);
  CHECK(nested->starts == std::vector<std::string>{"/a/patchbay", "x"});
}

TEST_CASE("what cannot be read is said with its line and column") {
  const Client codex = tools::codex();
  struct Case {
    std::string text;
    std::string problem;
  };
  const Case cases[] = {
      {"a = 1\nb = \n", "line 2, column 5: expected a value"},
      {"a = 1\n[b\n", "line 2, column 3: expected \"]\""},
      {"a = \"x\n", "line 1, column 5: expected an end of this text"},
      {"a = 1 b = 2\n", "line 1, column 7: expected the end of the line"},
      {"a = [1, 2\nb = 3\n", "line 2, column 1: expected \",\" or \"]\""},
      {"= 1\n", "line 1, column 1: expected a key"},
      {"a = nothing\n", "line 1, column 5: expected a value"},
      {"a = '''x\n", "line 1, column 5: expected an end of this text"},
      {"mcp_servers = {}\n", "line 1, column 15: expected a table [mcp_servers.…]"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(problem_of(codex, one.text).find(one.problem) == 0);
  }
  CHECK(problem_of(tools::cursor(), "[]") == "line 1, column 1: expected an object");
  CHECK(problem_of(tools::cursor(), "{\n\"mcpServers\": {,}}").find("line 2, column 16") == 0);
}

TEST_CASE("a file that is cut off anywhere is refused, or read as far as it goes") {
  for (const Client& client : tools::all_clients()) {
    const std::string whole =
        tools::with_entry(client, somebody_elses(client), tools::whole_entry(client, launch));
    int refused = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string text = whole.substr(0, length);
      if (!problem_of(client, text).empty()) {
        ++refused;
        continue;
      }
      CAPTURE(text);
      CHECK_FALSE(tools::find_entry(client, tools::without_entry(client, text, true)));
    }
    CHECK(refused > 50);
  }
}

TEST_CASE("all of TOML is passed over") {
  const std::string text =
      "# c\r\nstr = \"a\\\"b\" # c\r\nlit = 'c:\\x'\nlong = \"\"\"\n[x] \\\" \"\"\"\"\n"
      "date = 1979-05-27 07:32:00Z\ntime = 07:32:00.5\nnum = -1_000.5e+3\nhex = 0xDEAD\n"
      "inf = -inf\n\"quoted key\".'and' . more = true\nlist = [ [1, 2], # c\n  ['a', \"b\"],\n]\n"
      "point = { x = 1, y.z = [2] }\n[[items]]\nname = ''\n\t[ items . sub ]\n  a=1";
  const auto tables = tools::read_toml_text(text);
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].keys.size() == 11);
  CHECK(tables[1].repeated);
  CHECK(tables[2].path == tools::TomlPath{"items", "sub"});
  CHECK(tables[2].end == text.size());
}

TEST_CASE("a change is shown without what else stands on its lines") {
  const std::string before = R"({"mcpServers": {"other": {"env": {"KEY": "sk-secret"}}}})";
  const std::string after =
      tools::with_entry(tools::cursor(), before, tools::whole_entry(tools::cursor(), launch));
  const std::string shown = tools::shown_change(before, after);
  CHECK(shown.find("sk-secret") == std::string::npos);
  CHECK(shown.find("/opt/bin/patchbay") != std::string::npos);
  CHECK(tools::shown_change("a\nb\nc\n", "a\nb\nx\ny\nc\n") == "  line 3\n  + x\n  + y\n");
}
