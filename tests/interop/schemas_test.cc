// Every answer of the program meets the schema of the revision it is asked in, the seldom ones and
// the errors too; and the check that says so finds what is wrong.
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/build.h"
#include "tests/interop/node.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string folder = std::string(tests::build::tests_folder) + "/interop/clients";

bool can_run() {
  const std::string why = tests::why_no_node(folder);
  if (why.empty()) return true;
  MESSAGE("skipped: messages against the schemas of MCP, because " << why);
  return false;
}

// What went over a pipe, in the form the checker reads.
struct Record {
  std::vector<json> entries;
  void add(const char* from, const std::string& text) {
    entries.push_back({{"from", from}, {"text", text}});
  }
};

// What the checker finds in each of them.
std::vector<json> findings(const std::vector<Record>& records) {
  const tests::Folder files;
  std::vector<std::string> words = {"check.mjs"};
  for (const Record& record : records) {
    words.push_back(files.path() + "/" + std::to_string(words.size()));
    std::ofstream file(words.back());
    for (const json& entry : record.entries) file << entry << "\n";
  }
  tests::NodeProgram checker(folder, words);
  std::vector<json> found;
  for (std::size_t left = records.size(); left > 0; --left) {
    const auto line = checker.line(20s);
    REQUIRE(line.has_value());
    found.push_back(json::parse(*line));
  }
  return found;
}

struct Ask {
  const char* method;
  json params;
};

Ask call(const char* tool, json arguments) {
  static int token = 0;
  return {"tools/call",
          {{"name", tool},
           {"arguments", std::move(arguments)},
           {"_meta", {{"progressToken", ++token}}}}};
}

Ask complete(json ref, const char* name) {
  return {"completion/complete",
          {{"ref", std::move(ref)}, {"argument", {{"name", name}, {"value", ""}}}}};
}

std::vector<Ask> of_every_revision() {
  const json id = "0123456789abcdef0123456789abcdef";
  return {{"tools/list", json::object()},
          {"tools/list", {{"cursor", "nonsense"}}},
          {"prompts/list", json::object()},
          {"prompts/get", {{"name", "none"}}},
          {"prompts/get", {{"name", "delegate"}}},
          {"prompts/get", {{"name", "review_diff"}}},
          {"resources/list", json::object()},
          {"resources/templates/list", json::object()},
          {"resources/read", {{"uri", "model://sandbox/echo"}}},
          {"resources/read", {{"uri", "agent://sandbox-clerk"}}},
          {"resources/read", {{"uri", "model://sandbox/none"}}},
          {"no/such/method", json::object()},
          complete({{"type", "ref/prompt"}, {"name", "none"}}, "x"),
          complete({{"type", "ref/prompt"}, {"name", "review_diff"}}, "model"),
          complete({{"type", "ref/resource"}, {"uri", "agent://{+id}"}}, "id"),
          call("no_such_tool", json::object()),
          call("list_models", json::object()),
          call("list_models", {{"limit", "many"}}),
          call("get_model", {{"id", "sandbox/reasoner"}}),
          call("list_agents", json::object()),
          call("get_agent", {{"id", "sandbox-writer"}}),
          call("invoke", {{"target", "sandbox/reasoner"}, {"prompt", "hi"}}),
          call("invoke", {{"target", "sandbox/error"}, {"prompt", "anything"}}),
          call("invoke", {{"target", "sandbox/slow"}, {"prompt", "hi"}, {"wait_seconds", 0}}),
          call("invoke", {{"target", "agent:sandbox-clerk"}, {"prompt", "a form"}}),
          call("get_task", {{"task_id", id}}),
          call("cancel_task", {{"task_id", id}})};
}

// What one revision alone has, or has no more.
std::vector<Ask> of_one_era(bool modern) {
  if (!modern) return {{"ping", json::object()}};
  return {{"server/discover", json::object()},
          {"tasks/get", {{"taskId", "none"}}},
          {"tasks/cancel", {{"taskId", "none"}}},
          {"tasks/update", {{"taskId", "none"}, {"inputResponses", json::object()}}},
          {"skills/list", json::object()},
          {"skills/get", {{"uri", "skill://ask-a-model/SKILL.md"}}},
          {"subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}}};
}

json introduction(const std::string& revision) {
  return {{"io.modelcontextprotocol/protocolVersion", revision},
          {"io.modelcontextprotocol/clientInfo", {{"name", "t"}, {"version", "1"}}},
          {"io.modelcontextprotocol/clientCapabilities",
           {{"extensions", {{"io.modelcontextprotocol/tasks", json::object()}}}}}};
}

// Asks the program everything at once in that revision, and notes what goes to and fro until its
// end.
Record conversation(const std::string& revision) {
  const bool modern = revision == "2026-07-28";
  tests::Process program({"--sandbox"}, {});
  Record record;
  const auto send = [&](const std::string& line) {
    record.add("client", line);
    program.send(line);
  };
  if (!modern) send(tests::initialize_line(0, revision));
  std::vector<Ask> asks = of_every_revision();
  for (Ask& ask : of_one_era(modern)) asks.push_back(std::move(ask));
  int id = 0;
  for (Ask& ask : asks) {
    if (modern) ask.params["_meta"].update(introduction(revision));
    send(json{{"jsonrpc", "2.0"}, {"id", ++id}, {"method", ask.method}, {"params", ask.params}}
             .dump());
  }
  // What listens is answered at the end of the input.
  std::size_t open = asks.size() + (modern ? 0 : 1);
  while (open > 0) {
    if (modern && open == 1) program.close_input();
    const auto line = program.line();
    REQUIRE(line.has_value());
    record.add("server", *line);
    if (!json::parse(*line).contains("method")) --open;
  }
  return record;
}

struct Wrong {
  const char* from;
  const char* text;
  const char* problem;  // "": there is none
};

// What may follow a call of the tool `t` with id 1 and progress token 7, and what may not.
constexpr Wrong wrong_or_not[] = {
    {"server", R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})", ""},
    {"server", R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})", ""},
    {"server", R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"n":1}}})",
     ""},
    {"server", R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"m":1}}})",
     "promised"},
    {"server", "nonsense", "not JSON"},
    {"server", R"({"jsonrpc":"2.0","id":1,"result":{}})", "content"},
    {"server", R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"poem"}]}})", "content"},
    {"server", R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete"}})",
     "has no \"resultType\""},
    {"server", R"({"jsonrpc":"2.0","id":1,"error":{"message":"m"}})", "code"},
    {"server", R"({"jsonrpc":"2.0","id":"1","result":{"content":[]}})", "to nothing"},
    {"server",
     R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"7","progress":1}})",
     "progress of nothing"},
    {"server", R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}})",
     "has no server/discover"},
    {"client", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", "used again"},
    {"client", R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{}})", "name"},
    {"client", R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
     ""}};

Record begun_with_a_call() {
  Record record;
  record.add("client", tests::initialize_line(0));
  record.add("client", R"({"jsonrpc":"2.0","id":"list","method":"tools/list"})");
  record.add("server",
             R"({"jsonrpc":"2.0","id":"list","result":{"tools":[{"name":"t","inputSchema":{)"
             R"("type":"object"},"outputSchema":{"type":"object","required":["n"]}}]}})");
  record.add("server", R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25",)"
                       R"("capabilities":{},"serverInfo":{"name":"s","version":"1"}}})");
  record.add("client", R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t",)"
                       R"("_meta":{"progressToken":7}}})");
  return record;
}

}  // namespace

TEST_CASE("every answer of the program meets the schema of its revision") {
  if (!can_run()) return;
  const char* revisions[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"};
  std::vector<Record> records;
  for (const char* revision : revisions) records.push_back(conversation(revision));
  for (const json& found : findings(records)) {
    CAPTURE(found["versions"].dump());
    for (const json& problem : found["problems"]) {
      // It is asked for what no revision has.
      const std::string text = problem;
      const bool asked_for = text.find("has no no/such/method") != std::string::npos;
      CHECK_MESSAGE(asked_for, text);
    }
    CHECK(found["received"] >= found["sent"]);
  }
}

TEST_CASE("what MCP does not allow is found") {
  if (!can_run()) return;
  std::vector<Record> records;
  for (const Wrong& each : wrong_or_not) {
    records.push_back(begun_with_a_call());
    records.back().add(each.from, each.text);
  }
  const std::vector<json> found = findings(records);
  for (std::size_t at = 0; at < found.size(); ++at) {
    CAPTURE(std::string(wrong_or_not[at].text));
    CAPTURE(found[at].dump());
    const std::string problem = wrong_or_not[at].problem;
    const json& problems = found[at]["problems"];
    CHECK(problems.empty() == problem.empty());
    if (problem.empty() || problems.empty()) continue;
    CHECK(problems[0].get<std::string>().find(problem) != std::string::npos);
  }
}
