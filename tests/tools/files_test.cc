// Files in and out of calls, as a client and a shell see them: the real program in a workspace.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/mcp/http/rig.h"
#include "tests/process.h"
#include "tools/workspace.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::call_line;
using tests::Folder;
using tests::Process;

namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

using Variables = std::map<std::string, std::string>;

struct Client {
  Client(const std::vector<std::string>& arguments, const Variables& variables,
         const json& capabilities = json::object())
      : program(arguments, variables) {
    json opening = json::parse(tests::initialize_line("init"));
    opening["params"]["capabilities"] = capabilities;
    program.send(opening.dump());
    program.reply("init");
  }
  json invoke(const json& arguments) {
    program.send(call_line(++id, "invoke", arguments));
    return program.reply(id, 30s)["result"];
  }
  std::string text(const json& arguments) { return invoke(arguments)["content"][0]["text"]; }

  Process program;
  int id = 0;
};

struct Workspace {
  Folder folder;
  const std::string root = folder.path() + "/project";

  Workspace() { put(root + "/notes.txt", "first line\nsecond line\n"); }
  std::vector<std::string> sandboxed() const { return {"--sandbox", "--workspace", root}; }
};

// What a shell prints.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char bytes[4096];
  while (const std::size_t n = std::fread(bytes, 1, sizeof bytes, pipe)) out.append(bytes, n);
  ::pclose(pipe);
  return out;
}

const std::string png = std::string("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1", 24);

const json ask_echo = {{"target", "sandbox/echo"}, {"prompt", "Look."}, {"files", {"notes.txt"}}};

}  // namespace

TEST_CASE("a text file reaches the model with its name and the numbers of its lines") {
  const Workspace workspace;
  Client c(workspace.sandboxed(), {});
  const std::string text = c.text(ask_echo);
  CHECK(contains(text, "File notes.txt, each line behind its number:\n1\tfirst line\n2\tsecond"));
}

TEST_CASE("an image is sent once, as the gateway takes it, and only to models that see") {
  const Workspace workspace;
  put(workspace.root + "/shot.png", png);
  const tests::Upstream upstream(tests::gateway_replies());
  Client c({"--workspace", workspace.root}, tests::environment_for(upstream));
  c.program.send(call_line("list", "list_models", {{"limit", 1}}));
  c.program.reply("list");
  const json blind =
      c.invoke({{"target", "openai/gpt-3.5-turbo"}, {"prompt", "What?"}, {"files", {"shot.png"}}});
  CHECK(blind["isError"] == true);
  CHECK(contains(blind["content"][0]["text"], "unsupported: \"shot.png\" is image/png"));
  CHECK(contains(blind["content"][0]["text"], "Nothing was sent."));
  CHECK(upstream.requests().size() == 1);  // the list
  const json seen = c.invoke({{"target", "test/ok"}, {"prompt", "What?"}, {"files", {"shot.png"}}});
  CHECK_FALSE(seen.value("isError", false));
  REQUIRE(upstream.requests().size() == 2);
  const json sent = json::parse(upstream.requests().back().body);
  const std::string url = sent["messages"][0]["content"][1]["image_url"]["url"];
  CHECK(url.starts_with("data:image/png;base64,iVBORw0KGgo"));
}

TEST_CASE("what may not be sent is refused before anything is") {
  const Workspace workspace;
  put(workspace.root + "/.env", "x");
  put(workspace.root + "/key.txt", "AKIA" + std::string(16, 'Q'));
  put(workspace.root + "/ours.txt",
      "it is " + tests::test_key.substr(0, 20) + " no\n" + "key: short-but-ours-0123456789");
  const tests::Upstream upstream(tests::gateway_replies());
  Variables variables = tests::environment_for(upstream);
  variables["OPENROUTER_API_KEY"] = "short-but-ours-0123456789";
  Client c({"--workspace", workspace.root}, variables);
  const auto refused = [&](const json& files) {
    return c.text({{"target", "test/ok"}, {"prompt", "x"}, {"files", files}});
  };
  CHECK(refused({"../x"}).starts_with("path_denied: "));
  CHECK(refused({".env"}).starts_with("path_denied: "));
  CHECK(refused({"key.txt"}).starts_with("secret_found: \"key.txt\" holds an AWS access key"));
  CHECK(refused({"ours.txt"}).starts_with("secret_found: \"ours.txt\" holds a key of this server"));
  CHECK(refused({"none.txt"}).starts_with("not_found: "));
  CHECK(refused(json::array({1})).starts_with("invalid_arguments: arguments.files"));
  const json elsewhere = {{"target", "test/ok"}, {"prompt", "x"}, {"save_to", "../../.bashrc"}};
  CHECK(c.text(elsewhere).starts_with("path_denied: "));
  CHECK(upstream.requests().empty());
}

TEST_CASE("an answer is saved whole where it was asked for, and the result says where") {
  const Workspace workspace;
  const tests::Upstream upstream(tests::gateway_replies());
  Client c({"--workspace", workspace.root}, tests::environment_for(upstream));
  const json arguments = {{"target", "test/large"}, {"prompt", "x"}, {"save_to", "a/long.txt"}};
  const json result = c.invoke(arguments);
  const std::string path = workspace.root + "/patchbay-out/a/long.txt";
  CHECK(result["structuredContent"]["files"] == json::array({path}));
  CHECK(contains(result["content"][0]["text"], "[file: " + path + "]"));
  CHECK(content(path) == std::string(300'000, 'x'));
  const json again = c.invoke(arguments)["structuredContent"]["files"];
  CHECK(again == json::array({workspace.root + "/patchbay-out/a/long-2.txt"}));
  const json failed =
      c.invoke({{"target", "test/empty"}, {"prompt", "x"}, {"save_to", "b/none.txt"}});
  CHECK(failed["isError"] == true);
  CHECK(fs::is_empty(workspace.root + "/patchbay-out/b"));
  const json echoed =
      c.invoke({{"target", "test/key-in-text"}, {"prompt", "x"}, {"save_to", "key.txt"}});
  CHECK(contains(content(echoed["structuredContent"]["files"][0]), "[redacted]"));
}

TEST_CASE("an answer that comes after its caller's patience is saved too") {
  const Workspace workspace;
  Client c(workspace.sandboxed(), {});
  const json first = c.invoke(
      {{"target", "sandbox/slow"}, {"prompt", "x"}, {"save_to", "slow.txt"}, {"wait_seconds", 0}});
  CHECK(first["structuredContent"]["status"] == "working");
  c.program.send(
      call_line("get", "get_task",
                {{"task_id", first["structuredContent"]["task_id"]}, {"wait_seconds", 20}}));
  const json done = c.program.reply("get", 30s)["result"]["structuredContent"];
  CHECK(done["status"] == "completed");
  const std::string path = workspace.root + "/patchbay-out/slow.txt";
  CHECK(done["result"]["files"] == json::array({path}));
  CHECK(contains(content(path), "sandbox/slow takes its time"));
}

TEST_CASE("a file that was refused leaves the agent's question open") {
  const Workspace workspace;
  Client c(workspace.sandboxed(), {});
  const json asked =
      c.invoke({{"target", "agent:sandbox-editor"}, {"prompt", "Edit."}})["structuredContent"];
  CHECK(asked["status"] == "input_required");
  const json task = asked["task_id"];
  CHECK(c.text({{"task_id", task}, {"prompt", "T"}, {"files", {".env"}}})
            .starts_with("path_denied: "));
  const json done =
      c.invoke({{"task_id", task}, {"prompt", "T"}, {"files", {"notes.txt"}}})["structuredContent"];
  CHECK(done["status"] == "completed");
  REQUIRE(done["files"].size() == 1);  // without save_to it is kept in the state folder
  const std::string kept = done["files"][0];
  CHECK(kept.starts_with(c.program.home()));
  CHECK(content(kept) == "# T\n\nfirst line\nsecond line\n");
}

TEST_CASE("the workspace: by the option, by Claude Code, by the client's root, by the folder") {
  const Workspace workspace;
  const Workspace other;
  const json roots = {{"roots", json::object()}};
  SUBCASE("what Claude Code says") {
    Client c({"--sandbox"}, {{"CLAUDE_PROJECT_DIR", workspace.root}}, roots);
    CHECK(contains(c.text(ask_echo), "first line"));
    CHECK(c.program.others.empty());  // nobody was asked
  }
  SUBCASE("the option goes before it") {
    Client c(workspace.sandboxed(), {{"CLAUDE_PROJECT_DIR", "/nowhere"}}, roots);
    CHECK(contains(c.text(ask_echo), "first line"));
  }
  SUBCASE("the client's first root") {
    Client c({"--sandbox"}, {}, roots);
    c.program.send(call_line(7, "invoke", ask_echo));
    const json asked = json::parse(c.program.line().value_or("null"));
    REQUIRE(asked.value("method", "") == "roots/list");
    const json answer = {{"roots", {{{"uri", "file://" + workspace.root}}}}};
    c.program.send(json{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", answer}}.dump());
    CHECK(contains(c.program.reply(7)["result"].dump(), "first line"));
  }
  SUBCASE("a client that does not answer is waited for a second") {
    Client c({"--sandbox"}, {}, roots);
    const auto begun = std::chrono::steady_clock::now();
    CHECK_FALSE(c.text(ask_echo).empty());
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
  }
  SUBCASE("a call that needs no files asks nobody") {
    Client c({"--sandbox"}, {}, roots);
    c.text({{"target", "sandbox/echo"}, {"prompt", "x"}});
    CHECK(c.program.others.empty());
  }
}

TEST_CASE("the folder the program was started in is the workspace, unless it is the home") {
  const Workspace workspace;
  const auto answer = [&](const std::string& in, const std::string& home) {
    return output_of("cd '" + in + "' && HOME='" + home + "' XDG_STATE_HOME='" +
                     workspace.folder.path() + "' '" + tests::build::program +
                     "' --sandbox call invoke '" + ask_echo.dump() + "' 2>&1");
  };
  CHECK(contains(answer(workspace.root, workspace.folder.path()), "first line"));
  CHECK(answer(workspace.root, workspace.root).starts_with("path_denied: there is no workspace"));
  CHECK(answer("/", workspace.folder.path()).starts_with("path_denied: there is no workspace"));
}

TEST_CASE("over HTTP only the option makes a workspace") {
  const Workspace workspace;
  const auto ask = [&](std::vector<std::string> arguments) {
    for (const char* each : {"--sandbox", "serve", "--http", "127.0.0.1:0"}) {
      arguments.emplace_back(each);
    }
    Process process(arguments, {{"CLAUDE_PROJECT_DIR", workspace.root}});
    tests::becomes([&] { return contains(process.errors(), "/mcp"); });
    const std::string said = process.errors();
    const std::size_t end = said.find("/mcp");
    REQUIRE(end != std::string::npos);
    const int port = std::atoi(said.c_str() + said.rfind(':', end) + 1);
    json call = json::parse(call_line(1, "invoke", ask_echo));
    call["params"]["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                               {"io.modelcontextprotocol/clientCapabilities", json::object()}};
    const std::string body = call.dump();
    tests::HttpClient client(port);
    return client
        .ask("POST /mcp HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
             "\r\nContent-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\n"
             "Mcp-Method: tools/call\r\nMcp-Name: invoke\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + body)
        .json()["result"]["content"][0]["text"]
        .get<std::string>();
  };
  CHECK(ask({}).starts_with("path_denied: there is no workspace for files: over HTTP"));
  CHECK(contains(ask({"--workspace", workspace.root}), "first line"));
}

TEST_CASE("a root is a file URI of this machine") {
  const auto path = [](const char* uri) { return tools::path_of_uri(uri).value_or("none"); };
  CHECK(path("file:///home/ada/a%20b/c") == "/home/ada/a b/c");
  CHECK(path("file://localhost/srv") == "/srv");
  for (const char* other : {"https://a/b", "file:relative", "file://host/share", "file:///a%00b",
                            "file:///a%2", "file:///a%zz", ""}) {
    CAPTURE(other);
    CHECK(path(other) == "none");
  }
}

TEST_CASE("examples/agents.sh: a job with a file, a question, and what came of it") {
  const Folder home;
  const std::string script = std::string(tests::build::tests_folder) + "/../examples/agents.sh";
  const std::string out = output_of("PATCHBAY='" + std::string(tests::build::program) + "' HOME='" +
                                    home.path() + "' sh '" + script + "' 2>&1; echo \"exit $?\"");
  CAPTURE(out);
  CHECK(out.ends_with("exit 0\n"));
  CHECK(contains(out, "agent:sandbox-editor"));
  CHECK(contains(out, "The agent asks: sandbox-editor asks: which title shall notes.txt have?"));
  CHECK(contains(out, "/patchbay-out/report.md]"));
  CHECK(contains(out, "    # Pump report\n    \n    The pump was replaced."));
}
