// Budgets, usage and the guard against buying twice, as clients and people meet them.
#include <doctest/doctest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "catalog/spend/sqlite_ledger.h"
#include "tests/build.h"
#include "tests/golden.h"
#include "tests/process.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::call_line;
using tests::Process;

namespace {

// The program in front of the sandbox, with a configuration and a home that stay.
struct Home {
  explicit Home(const std::string& config = "{}") {
    std::filesystem::create_directories(folder.path() + "/.config/patchbay");
    const std::string file = folder.path() + "/.config/patchbay/config.json";
    std::ofstream(file) << config;
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  std::map<std::string, std::string> environment() const { return {{"HOME", folder.path()}}; }
  std::string output(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "--sandbox");
    Process program(arguments, environment());
    std::string text;
    while (const auto line = program.line()) text += *line + "\n";
    CHECK(program.exited_within(5s) == 0);
    return text;
  }
  tests::Folder folder;
};

struct Client {
  Client(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment,
         const json& capabilities = json::object())
      : program(arguments, environment) {
    json first = json::parse(tests::initialize_line("init"));
    first["params"]["capabilities"] = capabilities;
    program.send(first.dump());
    program.reply("init");
  }
  explicit Client(const Home& home) : Client({"--sandbox"}, home.environment()) {}

  json call(const std::string& tool, const json& arguments) {
    program.send(call_line(++id, tool, arguments));
    return program.reply(id, 30s)["result"];
  }
  std::string text(const std::string& tool, const json& arguments) {
    return call(tool, arguments)["content"][0]["text"];
  }

  Process program;
  int id = 0;
};

json ask(const char* prompt, json more = json::object()) {
  json arguments = {{"target", "sandbox/echo"}, {"prompt", prompt}};
  arguments.update(more);
  return arguments;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// What the program prints on a terminal of eighty columns.
std::string on_terminal(const std::vector<std::string>& arguments,
                        const std::map<std::string, std::string>& environment) {
  int terminal = -1;
  const winsize size{24, 80, 0, 0};
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  REQUIRE(child >= 0);
  if (child == 0) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv = {const_cast<char*>("patchbay")};
    for (const std::string& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    ::execv(tests::build::program, argv.data());
    ::_exit(127);
  }
  std::string text;
  char bytes[4096];
  for (ssize_t n = 0; (n = ::read(terminal, bytes, sizeof bytes)) > 0;) {
    text.append(bytes, static_cast<std::size_t>(n));
  }
  ::close(terminal);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  std::erase(text, '\r');
  return text;
}

// What somebody calls in a week, up to noon of 2026-11-20.
struct Habit {
  const char* target;
  const char* gateway;
  std::array<int, 7> calls;  // a day
  double usd;                // a call
  catalog::CostSource source = catalog::CostSource::reported;
};
constexpr Habit habits[] = {
    {"anthropic/claude-sonnet-4.5", "openrouter", {20, 18, 19, 24, 25, 13, 25}, 0.0407},
    {"openai/gpt-5-pro", "openrouter", {2, 1, 2, 3, 3, 1, 2}, 0.322},
    {"agent:research-scout", "takoapi", {24, 31, 22, 30, 29, 17, 25}, 0.0191},
    {"openai/gpt-4.1-mini", "openrouter", {14, 22, 17, 24, 26, 12, 22}, 0.00205},
    {"qwen/qwen3-coder:free", "openrouter", {11, 16, 12, 14, 16, 12, 21}, 0},
    {"agent:local/reviewer", "local", {0, 0, 0, 0, 4, 0, 0}, 0, catalog::CostSource::unknown},
};

void keep_a_week(const std::string& state_folder) {
  constexpr std::int64_t now = 1'795'176'000'000;
  constexpr std::int64_t day_ms = 24 * 60 * 60 * 1000;
  catalog::SqliteLedger ledger(state_folder + "/state.sqlite");
  catalog::Entries week;
  std::int64_t serial = 0;
  for (const Habit& habit : habits) {
    for (std::int64_t day = 0; day < 7; ++day) {
      for (int i = 0; i < habit.calls[static_cast<std::size_t>(day)]; ++i) {
        const std::int64_t at = now - (6 - day) * day_ms - (i + 1) * 60'000;
        week.unreserved.push_back({{"a-week", ++serial, "", habit.gateway, habit.target, at, {}},
                                   catalog::dollars(habit.usd),
                                   habit.source});
      }
    }
  }
  const catalog::Purchased running{
      "a-week", ++serial, "", "openrouter", habits[0].target, now - 30'000, catalog::dollars(0.12)};
  ledger.reserve(running, {}, week);
}

}  // namespace

TEST_CASE(
    "L01: a budget refuses what it does not hold, says what would fit, and lets free models by") {
  const Home home(R"({"budgets": {"day_usd": 0.001}})");
  Client c(home);
  const json refused = c.call("invoke", ask("hi"));
  CHECK(refused["isError"] == true);
  const std::string text = refused["content"][0]["text"];
  CHECK(has(text, "over_budget: this call may cost up to $0.00164"));
  CHECK(has(text, "$0.001 is left of the day's budget of $0.001\nNothing was sent."));
  CHECK(has(text, "max_tokens 24"));
  CHECK_FALSE(c.call("invoke", ask("hi", {{"target", "sandbox/free:free"}})).contains("isError"));
  CHECK_FALSE(c.call("invoke", ask("hi", {{"max_tokens", 2000}})).value("isError", false));
  CHECK(has(c.text("invoke", ask("hi", {{"max_cost_usd", 0.0001}})), "above max_cost_usd"));
}

TEST_CASE(
    "spending is seen by the session, by other sessions, and by the tool, resource and shell") {
  const Home home;
  {
    Client c(home);
    CHECK(has(c.text("invoke", ask("one two three")), "· $0.0000"));
    c.call("invoke", ask("hi", {{"target", "sandbox/free:free"}}));
    const json usage = c.call("get_usage", json::object())["structuredContent"];
    CHECK(usage["session"]["calls"] == 2);
    CHECK(usage["today"]["usd"] == usage["month"]["usd"]);
    CHECK(usage["columns"][0] == "target");
    CHECK(usage["rows"].size() == 2);
    CHECK(usage["rows"][0][0] == "sandbox/echo");
    CHECK(usage["rows"][0][2] == usage["today"]["usd"]);
    CHECK(usage["budgets"][1]["budget"] == "day");
    CHECK(usage["budgets"][1]["usd"] == 10);
    CHECK(usage["key"]["usage_usd"] == usage["today"]["usd"]);
    c.program.send(
        R"({"jsonrpc":"2.0","id":"r","method":"resources/read","params":{"uri":"usage://month"}})");
    const json contents = c.program.reply("r")["result"]["contents"][0];
    CHECK(json::parse(contents["text"].get<std::string>())["month"] == usage["month"]);
  }
  Client other(home);
  const json usage = other.call("get_usage", {{"by", "gateway"}})["structuredContent"];
  CHECK(usage["session"]["calls"] == 0);
  CHECK(usage["today"]["calls"] == 2);
  CHECK(usage["rows"][0][0] == "sandbox");
}

TEST_CASE("patchbay usage: plain text for a pipe, JSON and CSV for programs") {
  const Home home;
  const std::string nothing = home.output({"usage"});
  CHECK(has(nothing, "Today $0 in 0 calls"));
  Client(home).call("invoke", ask("hi"));
  const std::string plain = home.output({"usage"});
  CHECK(has(plain, "sandbox/echo"));
  CHECK_FALSE(has(plain, "█"));
  CHECK_FALSE(has(plain, "\x1b"));
  const json parsed = json::parse(home.output({"usage", "--json", "--period", "today"}));
  CHECK(parsed["today"]["calls"] == 1);
  const std::string csv = home.output({"usage", "--csv", "--by", "day"});
  CHECK(has(csv, "day,calls,usd,usd_estimated,usd_unknown_at_most,calls_of_unknown_cost\n\"20"));
}

TEST_CASE("where the client can ask, a dear call is put to the person") {
  const Home home(R"({"budgets": {"ask_above_usd": 0.0001}})");
  Client c({"--sandbox"}, home.environment(), {{"elicitation", json::object()}});
  const auto answered = [&](const char* action) {
    c.program.send(call_line(++c.id, "invoke", ask("hi")));
    json question;
    while (!question.contains("method")) {
      const auto line = c.program.line();
      REQUIRE(line);
      question = json::parse(*line);
    }
    CHECK(question["method"] == "elicitation/create");
    CHECK(
        has(question["params"]["message"], "Call sandbox/echo? This call may cost up to $0.00164"));
    json reply = {{"jsonrpc", "2.0"}, {"id", question["id"]}, {"result", {{"action", action}}}};
    if (action == std::string("accept")) reply["result"]["content"] = json::object();
    c.program.send(reply.dump());
    return c.program.reply(c.id)["result"];
  };
  CHECK_FALSE(answered("accept").value("isError", false));
  CHECK(has(answered("decline")["content"][0]["text"], "over_budget: the user declined"));
  Client mute(home);
  CHECK(has(mute.text("invoke", ask("hi")), "Or allow it with max_cost_usd"));
  CHECK_FALSE(mute.call("invoke", ask("hi", {{"max_cost_usd", 1}})).value("isError", false));
}

TEST_CASE("the crossing of a budget is told in the result, and in the log") {
  const Home home(R"({"budgets": {"per_day_usd": {"sandbox/echo": 0.0018}}})");
  Client c(home);
  const std::string long_prompt(9000, 'x');  // it is echoed: about $0.00115
  const json result = c.call("invoke", ask(long_prompt.c_str(), {{"max_tokens", 3200}}));
  CHECK(result["structuredContent"]["budget_alerts"].size() == 1);
  CHECK(has(c.program.errors(), "50 % of"));
  CHECK(has(result["content"][0]["text"], "[50 % of the sandbox/echo a day's budget is gone"));
}

TEST_CASE(
    "L21: the same key buys once, whatever happens to the program; without one, twice is twice") {
  const Home home;
  json arguments = ask("hi", {{"idempotency_key", "k-1"}});
  std::string first;
  {
    Client c(home);
    const json result = c.call("invoke", arguments);
    first = result["structuredContent"]["text"];
    CHECK_FALSE(result["structuredContent"].contains("replayed"));
    const json again = c.call("invoke", arguments)["structuredContent"];
    CHECK(again["replayed"] == true);
    CHECK(again["cost_usd"] == 0);
    arguments["prompt"] = "something else";
    CHECK(has(c.text("invoke", arguments), "invalid_arguments: arguments.idempotency_key"));
    arguments["prompt"] = "hi";
  }
  Client later(home);
  const json again = later.call("invoke", arguments)["structuredContent"];
  CHECK(again["text"] == first);
  CHECK(again["replayed"] == true);
  CHECK(later.call("get_usage", json::object())["structuredContent"]["today"]["calls"] == 1);
  // Delivered answers are not given again without a key: who asks twice wants two.
  later.call("invoke", ask("twice"));
  CHECK_FALSE(later.call("invoke", ask("twice"))["structuredContent"].contains("replayed"));
}

TEST_CASE("a key whose call was cut off does not buy again; one that was refused is free again") {
  const Home home(R"({"budgets": {"day_usd": 0.001}})");
  json slow =
      ask("hi", {{"target", "sandbox/slow"}, {"idempotency_key", "k-2"}, {"max_tokens", 500}});
  {
    Client c(home);
    CHECK(has(c.text("invoke", ask("hi", {{"idempotency_key", "k-3"}})), "over_budget"));
    CHECK_FALSE(c.call("invoke", ask("hi", {{"idempotency_key", "k-3"}, {"max_tokens", 100}}))
                    .value("isError", false));
    c.program.send(call_line(7, "invoke", slow));
    std::this_thread::sleep_for(500ms);
    c.program.signal(SIGKILL);
    CHECK(c.program.exited_within(3s) == 128 + SIGKILL);
  }
  Client later(home);
  const std::string text = later.text("invoke", slow);
  CHECK(has(text, "interrupted: the program that ran the call"));
  CHECK(has(text, "another key"));
  // Its money is still aside: nobody knows what it cost.
  const json usage = later.call("get_usage", json::object())["structuredContent"];
  CHECK(usage["today"]["usd_unknown_at_most"] > 0);
}

TEST_CASE("a damaged ledger is moved aside, told on stderr, and keeps nobody from calling") {
  const Home home;
  Client(home).call("invoke", ask("hi"));
  const std::string file = home.folder.path() + "/.local/state/patchbay/sandbox/state.sqlite";
  REQUIRE(std::filesystem::exists(file));
  std::ofstream(file, std::ios::binary) << std::string(8192, 'x');
  Client c(home);
  CHECK_FALSE(c.call("invoke", ask("hi")).value("isError", false));
  CHECK(has(c.program.errors(), "was damaged and has been moved to"));
}

TEST_CASE("J05: a home that cannot be written: lookups and free models work, nothing is bought") {
  const tests::Folder folder;
  std::ofstream(folder.path() + "/file") << "not a folder";
  Client c({"--sandbox"}, {{"HOME", folder.path()}, {"XDG_STATE_HOME", folder.path() + "/file"}});
  const std::string text = c.text("invoke", ask("hi"));
  CHECK(has(text, "io_error: could not"));
  CHECK(has(text, "Not billed."));
  CHECK_FALSE(
      c.call("invoke", ask("hi", {{"target", "sandbox/free:free"}})).value("isError", false));
  CHECK_FALSE(c.call("list_models", json::object()).value("isError", false));
}

TEST_CASE("on a terminal, patchbay usage draws bars and fits eighty columns") {
  const Home home;
  Client(home).call("invoke", ask("hi"));
  const std::string text = on_terminal({"--sandbox", "usage"}, home.environment());
  CHECK(has(text, "████████████████████"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    const auto columns =
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    CHECK(columns <= 80);
  }
}

TEST_CASE("the README shows patchbay usage as the program prints it" *
          doctest::skip(tests::build::sanitized)) {
  const Home home(R"({"budgets": {"month_usd": 100, "per_day_usd": {"openai/gpt-5-pro": 2}}})");
  keep_a_week(home.folder.path() + "/.local/state/patchbay");
  std::map<std::string, std::string> environment = home.environment();
  environment["LD_PRELOAD"] = tests::build::fixed_clock;
  const std::string text = on_terminal({"usage"}, environment);
  CAPTURE(text);
  CHECK(has(tests::text_of_file("../README.md"), "```\n$ patchbay usage\n" + text + "```\n"));
}
