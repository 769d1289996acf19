// `patchbay doctor`: each thing that can be wrong is named, with what mends it, by the real program
// against a gateway on loopback.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tools/doctor/examination.h"

using namespace std::chrono_literals;
using nlohmann::json;
using tests::Process;
namespace fs = std::filesystem;

namespace {

// A gateway with two models, one of which has expired, that knows one key; and a directory of
// agents.
struct Machine {
  std::string models = R"({"data": [
      {"id": "a/old", "name": "Old", "expiration_date": "2020-01-31"},
      {"id": "a/new", "name": "New"}]})";
  std::string account = R"({"data": {"usage": 1.5, "limit": 20, "limit_remaining": 12.5}})";
  std::string date = "not a date";
  bool down = false;
  tests::Upstream upstream{[this](const tests::UpstreamRequest& request, tests::Wire& wire) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (down) return void(wire.reply(503, "text/plain", "no"));
    if (path == "/api/v1/models") return void(wire.reply(200, "application/json", models));
    if (path == "/api/v1/key") {
      const bool known = request.header("authorization") == "Bearer " + tests::test_key;
      return void(known ? wire.reply(200, "application/json", account, "Date: " + date + "\r\n")
                        : wire.reply(401, "application/json", R"({"error": {"message": "no"}})"));
    }
    if (path.starts_with("/api"))
      return void(wire.reply(200, "application/json", R"({"items": []})"));
    wire.reply(404, "text/plain", "no");
  }};
  tests::Folder home;
  std::map<std::string, std::string> environment = {
      {"HOME", home.path()},
      {"OPENROUTER_API_KEY", tests::test_key},
      {"OPENROUTER_BASE_URL", upstream.url() + "/api/v1"},
      {"TAKOAPI_BASE_URL", upstream.url()}};
  int status = -1;

  std::string in(const std::string& path) const { return home.path() + "/" + path; }
  void write(const std::string& path, const std::string& text, int mode = 0600) const {
    fs::create_directories(fs::path(in(path)).parent_path());
    std::ofstream(in(path)) << text;
    ::chmod(in(path).c_str(), static_cast<mode_t>(mode));
  }
  void configure(const std::string& text) const { write(".config/patchbay/config.json", text); }

  std::string said(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "doctor");
    Process program(arguments, environment);
    std::string text;
    while (const auto line = program.line(30s)) text += *line + "\n";
    status = program.exited_within(10s).value_or(-1);
    INFO(program.errors());
    CHECK(text.find(tests::test_key) == std::string::npos);
    REQUIRE(!text.empty());
    return text;
  }
  json examined() { return json::parse(said({"--json"})); }
  // The findings of that name as one text: "bad: fact -> mend".
  std::string finding(const std::string& name) {
    const json whole = examined();
    std::string text;
    bool any_bad = false;
    for (const json& each : whole["findings"]) {
      any_bad = any_bad || each["grade"] == "bad";
      if (each["name"] != name) continue;
      text += fmt::format("{}: {} -> {}\n", each["grade"].get<std::string>(),
                          each["fact"].get<std::string>(), each.value("mend", ""));
    }
    CHECK(whole["well"] == !any_bad);
    CHECK(status == (any_bad ? 1 : 0));
    return text;
  }
};

void check_has(const std::string& text, std::initializer_list<const char*> words) {
  CAPTURE(text);
  for (const std::string word : words) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("doctor: all is well on a machine where it is, on one screen of 80 columns") {
  Machine machine;
  Process install({"install", "codex", "--yes"}, machine.environment);
  CHECK(install.exited_within(10s) == 0);
  const std::string text = machine.said({});
  check_has(text,
            {"ok   patchbay", "ok   configuration   none", "ok   openrouter      answers",
             "OPENROUTER_API_KEY, accepted; $12.5 of its $20 left", "ok   catalogue       2 models",
             "ok   Codex", "ok   state           ~/.local/state/patchbay", "ok   ledger",
             "day: $0 of $10, $10 left", "All is well."});
  CHECK(machine.status == 0);
  std::istringstream lines(text);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    CAPTURE(line);
    const bool is_path = line.find(tests::build::program) != std::string::npos;
    CHECK((is_path || line.size() <= 84));  // an arrow is three bytes, and a path stays whole
  }
  CHECK(count <= 24);
}

TEST_CASE("doctor names: no key") {
  Machine machine;
  machine.environment.erase("OPENROUTER_API_KEY");
  check_has(machine.finding("key"), {"bad: no key", "export OPENROUTER_API_KEY", "patchbay login"});
  CHECK(machine.status == 1);
  machine.environment["OPENROUTER_API_KEY"] = "${OPENROUTER_API_KEY}";
  check_has(machine.finding("key"), {"bad: no key"});
  check_has(machine.finding("openrouter"), {"ok: answers"});
  check_has(machine.finding("state"), {"ok: "});  // it was made by this very run
}

TEST_CASE("doctor names: a wrong key") {
  Machine machine;
  machine.environment["OPENROUTER_API_KEY"] = "sk-or-v1-revoked-0123456789";
  const std::string found = machine.finding("key");
  check_has(found, {"bad: OPENROUTER_API_KEY, refused (401)", "patchbay login"});
  CHECK(found.find("revoked-0123456789") == std::string::npos);
  CHECK(machine.status == 1);
}

TEST_CASE("doctor names: a key with nothing left on it") {
  Machine machine;
  machine.account = R"({"data": {"usage": 20, "limit": 20, "limit_remaining": 0}})";
  check_has(machine.finding("key"), {"bad: ", "$0 of its $20 left", "raise"});
}

TEST_CASE("doctor names: the gateway down, or not there, and goes on without the network") {
  Machine machine;
  machine.down = true;
  check_has(machine.finding("openrouter"), {"bad: answers 503"});
  machine.environment["OPENROUTER_BASE_URL"] = "http://127.0.0.1:1/api/v1";
  machine.environment["TAKOAPI_BASE_URL"] = "http://127.0.0.1:1";
  check_has(machine.finding("openrouter"),
            {"bad: not reached at http://127.0.0.1:1/api/v1", "down"});
  check_has(machine.finding("key"),
            {"note: OPENROUTER_API_KEY, not judged: the gateway was not reached"});
  check_has(machine.finding("network"), {"note: nothing was reached"});
  check_has(machine.finding("catalogue"), {"note: ", "models, bundled"});
  check_has(machine.finding("ledger"), {"ok: sound"});
}

TEST_CASE("doctor names: what answers at the gateway's address and is none") {
  std::string models = "<html>Welcome to the hotel</html>";
  int status = 200;
  tests::Upstream portal([&](const tests::UpstreamRequest& request, tests::Wire& wire) {
    const bool asks_models = request.target.find("/models") != std::string::npos;
    wire.reply(asks_models && models.starts_with("{") ? 200 : status, "text/html", models);
  });
  Machine machine;
  machine.environment["OPENROUTER_BASE_URL"] = portal.url() + "/api/v1";
  check_has(machine.finding("openrouter"),
            {"bad: answers 200, but not as a gateway does", "OPENROUTER_BASE_URL"});
  CHECK(machine.status == 1);
  check_has(machine.finding("key"), {"note: OPENROUTER_API_KEY, not judged"});
  status = 404;
  check_has(machine.finding("openrouter"), {"bad: answers 404, but not as a gateway does"});
  machine.configure(
      fmt::format(R"({{"gateways": {{"house": {{"url": "{}/v1"}}}}}})", portal.url()));
  check_has(machine.finding("house"), {"bad: answers 404", "gateways.house.url"});
  // One that lists models and knows nothing of keys is a gateway all the same.
  models = R"({"data": [{"id": "a/new", "name": "New"}]})";
  check_has(machine.finding("openrouter"), {"ok: answers"});
  check_has(machine.finding("house"), {"ok: answers"});
  check_has(machine.finding("key"), {"note: OPENROUTER_API_KEY, not judged: the answer was 404"});
}

TEST_CASE("doctor names: an address that is none, by its variable, and sends its key nowhere") {
  Machine machine;
  machine.environment["OPENROUTER_BASE_URL"] = "foo";
  machine.environment["TAKOAPI_BASE_URL"] = "http://me:pw@127.0.0.1/";
  check_has(
      machine.finding("configuration"),
      {"bad: OPENROUTER_BASE_URL: \"foo\" is not an http(s) URL; TAKOAPI_BASE_URL: a URL may"});
  check_has(machine.finding("openrouter"), {"bad: has no address -> see OPENROUTER_BASE_URL"});
  check_has(machine.finding("takoapi"), {"bad: has no address"});
  check_has(machine.finding("network"), {"note: nothing was reached"});
  check_has(machine.finding("ledger"), {"ok: sound"});
  const std::string all = machine.said({"--json"});
  CHECK(all.find("me:pw") == std::string::npos);
  Process call({"call", "get_usage", "{}"}, machine.environment);
  CHECK(call.exited_within(10s) == 2);
  check_has(call.errors(), {"patchbay: OPENROUTER_BASE_URL: \"foo\""});
}

TEST_CASE("what needs no configuration works while that cannot be read") {
  Machine machine;
  machine.configure(R"({"openrouter": {"key_flie": "~/x"}})");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"token", "list"}, {"uninstall", "codex"}, {"logout"}}) {
    CAPTURE(arguments[0]);
    Process program(arguments, machine.environment);
    CHECK(program.exited_within(10s) == 0);
  }
  machine.environment["OPENROUTER_BASE_URL"] = "foo";
  Process token({"token", "list"}, machine.environment);
  CHECK(token.exited_within(10s) == 0);
  // Whose login would be forgotten is not known.
  Process logout({"logout"}, machine.environment);
  CHECK(logout.exited_within(10s) == 2);
  check_has(logout.errors(), {"OPENROUTER_BASE_URL"});
}

TEST_CASE("doctor does not wait for a gateway that says nothing") {
  tests::Upstream silent([](const tests::UpstreamRequest&, tests::Wire& wire) {
    wire.closed_within(60s);
    wire.hang_up();
  });
  Machine machine;
  machine.environment["OPENROUTER_BASE_URL"] = silent.url() + "/api/v1";
  machine.environment["TAKOAPI_BASE_URL"] = silent.url();
  const auto began = std::chrono::steady_clock::now();
  check_has(machine.finding("openrouter"), {"bad: no answer in time"});
  CHECK(std::chrono::steady_clock::now() - began < 25s);
}

TEST_CASE("doctor names: a full disk" * doctest::skip(tests::build::sanitized)) {
  Machine machine;
  machine.environment["LD_PRELOAD"] = tests::build::full_disk;
  const std::string found = machine.finding("state");
  check_has(found,
            {"bad: ~/.local/state/patchbay cannot be written: No space left on device", "room"});
  check_has(machine.finding("ledger"), {"bad: ", "disk"});
  CHECK(fs::is_empty(machine.in(".local/state/patchbay")) ==
        !fs::exists(machine.in(".local/state/patchbay/state.sqlite")));
}

TEST_CASE("doctor names: a configuration that cannot be read, with line and column") {
  Machine machine;
  machine.configure("{\n  // mine\n  \"result_bytes\" 4096\n}\n");
  check_has(machine.finding("configuration"),
            {"bad: ~/.config/patchbay/config.json: line 3, column 18: expected \":\""});
  check_has(machine.finding("key"), {"ok: ", "accepted"});  // the rest is looked at
  machine.configure("{\"result_bytes\": 4096,\n}\n");
  check_has(machine.finding("configuration"), {"line 2, column 1: expected no comma before this"});
  machine.configure("{\"result_bytes\": 1}");
  check_has(machine.finding("configuration"), {"bad: ", "result_bytes: expected an integer"});
  // The other commands say the same, and stop.
  Process call({"call", "get_usage", "{}"}, machine.environment);
  CHECK(call.exited_within(10s) == 2);
}

TEST_CASE("doctor names: a key file that others can read") {
  Machine machine;
  machine.environment.erase("OPENROUTER_API_KEY");
  machine.configure(R"({"openrouter": {"key_file": "~/keys/router"}})");
  machine.write("keys/router", tests::test_key + "\n", 0644);
  check_has(machine.finding("key"), {"bad: ", "~/keys/router can be read by others", "chmod 600"});
  ::chmod(machine.in("keys/router").c_str(), 0600);
  check_has(machine.finding("key"), {"ok: key_file ~/keys/router", "accepted"});
}

TEST_CASE("doctor names: a model of the configuration that has expired, or is not listed") {
  Machine machine;
  machine.configure(
      R"({"budgets": {"per_day_usd": {"a/old": 2, "a/none": 1, "a/new": 1, "openrouter": 5}}})");
  const std::string found = machine.finding("model");
  check_has(found, {"bad: budgets.per_day_usd names a/old, which expired on 2020-01-31",
                    "bad: budgets.per_day_usd names a/none, which is not listed"});
  CHECK(found.find("a/new") == std::string::npos);
  CHECK(std::count(found.begin(), found.end(), '\n') == 2);
}

TEST_CASE("doctor names: a client that starts a program which is gone") {
  Machine machine;
  machine.write(".cursor/mcp.json",
                R"({"mcpServers": {"patchbay": {"command": "/opt/gone/patchbay", "args": []}}})");
  machine.write(".codex/config.toml", "oops\n");
  check_has(machine.finding("Cursor"), {"bad: starts /opt/gone/patchbay, which is not there",
                                        "~/.cursor/mcp.json", "-> patchbay install cursor"});
  check_has(machine.finding("Codex"), {"note: ~/.codex/config.toml, line 1, column 5"});
  Process install({"install", "cursor", "--yes"}, machine.environment);
  CHECK(install.exited_within(10s) == 0);
  check_has(machine.finding("Cursor"), {"ok: starts ", tests::build::program});
}

TEST_CASE("doctor names: a ledger that is damaged, and leaves it to the next call") {
  Machine machine;
  machine.write(".local/state/patchbay/state.sqlite", std::string(5000, 'x'));
  ::chmod(machine.in(".local/state/patchbay").c_str(), 0700);
  check_has(machine.finding("ledger"), {"bad: damaged"});
  CHECK(fs::file_size(machine.in(".local/state/patchbay/state.sqlite")) == 5000);
}

TEST_CASE("doctor names: a state folder that others can read") {
  Machine machine;
  fs::create_directories(machine.in(".local/state/patchbay"));
  ::chmod(machine.in(".local/state/patchbay").c_str(), 0755);
  const std::string found = machine.finding("state");
  check_has(found, {"bad: ", "can be read by others", "chmod 700"});
}

TEST_CASE("doctor names: a clock that is wrong") {
  Machine machine;
  machine.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  check_has(machine.finding("clock"), {"bad: ", "s ahead of the gateway's", "set it"});
  const auto now = std::chrono::system_clock::from_time_t(784111777 + 7);
  CHECK(tools::clock_error_by("Sun, 06 Nov 1994 08:49:37 GMT", now) == 7s);
  CHECK_FALSE(tools::clock_error_by("yesterday", now));
}

TEST_CASE("doctor names: a proxy and certificates that are set and ignored, by name alone") {
  Machine machine;
  machine.environment["HTTPS_PROXY"] = "http://me:proxy-password@127.0.0.1:1";
  machine.environment["SSL_CERT_FILE"] = "/tmp/corporate.pem";
  const std::string all = machine.said({"--json"});
  check_has(all,
            {"HTTPS_PROXY set, and ignored", "use_env_proxy", "SSL_CERT_FILE set, and ignored"});
  CHECK(all.find("proxy-password") == std::string::npos);
  machine.configure(R"({"ca_file": "/nowhere/ca.pem"})");
  check_has(machine.finding("certificates"), {"bad: ca_file /nowhere/ca.pem cannot be read"});
}

TEST_CASE("doctor looks at the agents and directories of the configuration") {
  Machine machine;
  machine.configure(fmt::format(
      R"({{"agents": {{"reviewer": {{"card": "{0}/missing-card.json"}}}},
          "directories": {{"team": {{"kind": "litellm", "url": "http://127.0.0.1:1", "key_env": "TEAM"}}}}}})",
      machine.upstream.url()));
  check_has(machine.finding("agent reviewer"), {"bad: no agent card at", "agents.reviewer"});
  check_has(machine.finding("team"), {"bad: http://127.0.0.1:1"});
}

TEST_CASE("the help, and doctor's, fits 80 columns and gives examples") {
  Machine machine;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"doctor", "--help"}}) {
    Process program(arguments, machine.environment);
    std::string text;
    while (const auto line = program.line()) {
      CAPTURE(*line);
      CHECK((line->size() <= 80 || line->starts_with("Usage: ")));
      text += *line + "\n";
    }
    check_has(text, {"Examples:\n  patchbay "});
  }
}
