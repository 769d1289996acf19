// Rows of the fault cases that only the real program can show: what its arguments, its descriptors
// and its upstream may hold. After each a probe must be answered.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::call_line;
using tests::Process;
using tests::Upstream;

namespace {

struct Running {
  Running() : program({}, tests::environment_for(upstream)) {
    program.send(tests::initialize_line("init"));
    program.reply("init");
  }
  json invoke(json arguments) {
    if (!arguments.contains("prompt")) arguments["prompt"] = "hi";
    program.send(call_line(1, "invoke", arguments));
    return program.reply(1)["result"];
  }
  void probe() {
    program.send(R"({"jsonrpc":"2.0","id":"probe","method":"ping"})");
    CHECK(program.reply("probe", 1s)["result"] == json::object());
  }

  Upstream upstream{tests::gateway_replies()};
  Process program;
};

// Runs a line of shell in which $PATCHBAY is the program; its exit status, and what it wrote.
struct Shell {
  explicit Shell(const std::string& line) {
    std::ofstream(folder.path() + "/script") << "PATCHBAY='" << tests::build::program << "'\nHOME='"
                                             << folder.path() << "'\nexport HOME\ncd \"$HOME\"\n"
                                             << line << "\n";
    const std::string file = folder.path() + "/written";
    status = WEXITSTATUS(
        std::system(("timeout 20 sh '" + folder.path() + "/script' >'" + file + "' 2>&1").c_str()));
    std::ifstream in(file);
    written.assign(std::istreambuf_iterator<char>(in), {});
  }
  tests::Folder folder;
  int status = -1;
  std::string written;
};

}  // namespace

TEST_CASE("fault rows A25 and C13: an argument that does not fit is named, and nothing is sent") {
  struct Row {
    std::string id;
    const char* arguments;
    const char* names;
  };
  const std::string many_names = [] {
    json arguments = {{"target", "test/ok"}};
    for (int i = 0; i < 5000; ++i) arguments["extra" + std::to_string(i)] = i;
    return arguments.dump();
  }();
  const std::string long_target = json{{"target", std::string(100'000, 'a')}}.dump();
  const Row rows[] = {
      {"C13", "{}", "arguments.target"},
      {"C13", R"({"target":5})", "arguments.target"},
      {"C13", R"({"target":["test/ok"]})", "arguments.target"},
      {"C13", R"({"target":null})", "arguments.target"},
      {"C13", R"({"target":"test/ok","prompt":7})", "arguments.prompt"},
      {"C13", R"({"target":"test/ok","promt":"x"})", "arguments.promt"},
      {"C13", R"({"target":"test/ok","max_tokens":-1})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","max_tokens":0})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","max_tokens":1e9})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","max_tokens":1.5})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","max_tokens":18446744073709551615})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","max_tokens":"100"})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","max_tokens":true})", "arguments.max_tokens"},
      {"C13", R"({"target":"test/ok","temperature":1e308})", "arguments.temperature"},
      {"C13", R"({"target":"test/ok","temperature":-0.1})", "arguments.temperature"},
      {"C13", R"({"target":"test/ok","temperature":"0"})", "arguments.temperature"},
      {"C13", R"({"target":"test/ok","reasoning_effort":"most"})", "arguments.reasoning_effort"},
      {"C13", R"({"target":"test/ok","wait_seconds":-1})", "arguments.wait_seconds"},
      {"C13", many_names.c_str(), "arguments.extra"},
      {"C13", long_target.c_str(), "target"},
      {"A25", R"({"target":"test/ok\u0000"})", "target"},
      {"A25", R"({"target":"test/\u202eok"})", "target"},
      {"A25", R"({"target":"test/ok\n"})", "target"},
      {"C13", R"({"target":""})", "names nothing"},
      {"A25", R"({"target":"agent:local/a\u0000b"})", "target"},
  };
  Running r;
  for (const Row& row : rows) {
    CAPTURE(row.id);
    CAPTURE(std::string(row.arguments).substr(0, 100));
    const json result = r.invoke(json::parse(row.arguments));
    const std::string text = result["content"][0]["text"];
    CAPTURE(text);
    CHECK(result["isError"] == true);
    CHECK_FALSE(result.contains("structuredContent"));
    CHECK(text.find(row.names) != std::string::npos);
    CHECK(text.size() < 4000);
    CHECK(text.find('\0') == std::string::npos);
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
  }
  r.probe();
  for (const tests::UpstreamRequest& request : r.upstream.requests()) {
    CHECK(request.method == "GET");  // the catalogue may be looked at, but nothing is bought
  }
}

TEST_CASE("fault rows A45 and A47: odd bytes of an upstream come out as one line of JSON") {
  struct Row {
    std::string id;
    std::string target;
    bool fails;
    const char* holds;
  };
  const Row rows[] = {
      {"A45", "test/bad-bytes", true, "bro\xEF\xBF\xBDken"},
      {"A45", "test/bad-bytes-in-json", true, "unavailable:"},
      {"A47", "test/odd-text", false, "one\ntwo\xE2\x80\xA8three\xEF\xBF\xBD"},
  };
  Running r;
  for (const Row& row : rows) {
    CAPTURE(row.id);
    CAPTURE(row.target);
    const json result = r.invoke({{"target", row.target}});
    CAPTURE(result.dump());
    CHECK(result.value("isError", false) == row.fails);
    CHECK(result["content"][0]["text"].get<std::string>().find(row.holds) != std::string::npos);
    r.probe();
  }
}

TEST_CASE("fault row C15: the list of tools is the same bytes each time, in both eras") {
  Running r;
  const std::string modern = R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)"
                             R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                             R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
  for (const std::string& request :
       {modern, std::string(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})")}) {
    r.program.send(request);
    const auto first = r.program.line();
    REQUIRE(first.has_value());
    for (int i = 0; i < 1000; ++i) {
      r.program.send(request);
      REQUIRE(r.program.line() == first);
    }
  }
  r.probe();
}

TEST_CASE(
    "fault row A09: a last line without its newline is answered or dropped, and all ends well") {
  Running r;
  r.program.send_bytes(R"({"jsonrpc":"2.0","id":"last","method":"ping"})");
  r.program.close_input();
  const auto line = r.program.line();
  if (line) CHECK(json::parse(*line)["id"] == "last");
  CHECK(r.program.exited_within(2s) == 0);
}

TEST_CASE("fault rows D15 and D19: whatever stdin is, the program answers it and ends with it") {
  const std::string ask = R"(printf '%s\n' '{"jsonrpc":"2.0","id":"p","method":"ping"}' >in; )";
  struct Row {
    std::string id;
    std::string line;
    bool answers;
  };
  const Row rows[] = {
      {"D19 a file", ask + R"("$PATCHBAY" <in)", true},
      {"D19 /dev/null", R"("$PATCHBAY" </dev/null)", false},
      {"D19 closed", R"("$PATCHBAY" <&-)", false},
      {"D19 all closed", R"("$PATCHBAY" <&- >&- 2>&-)", false},
      {"D19 a pipe whose writer is gone", ask + R"(cat in | "$PATCHBAY")", true},
      {"D15 its parent dies",
       ask + R"(mkfifo p; "$PATCHBAY" <p & sh -c 'exec 3>p; cat in >&3; kill -9 $$'; wait)", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.id);
    const Shell shell(row.line);
    CAPTURE(shell.written);
    CHECK((shell.written.find(R"("id":"p","result":{})") != std::string::npos) == row.answers);
    CHECK(shell.status == 0);
  }
}
