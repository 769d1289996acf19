#include "mcp/server.h"

#include <doctest/doctest.h>

#include <deque>

using namespace mcp;

namespace {

// Keeps what was written.
class Recorder : public Connection {
 public:
  void write(std::string line) override { lines.push_back(std::move(line)); }
  void notify(std::string line) override { lines.push_back(std::move(line)); }
  bool notify_if_ready(std::string line) override { return lines.push_back(std::move(line)), true; }

  std::deque<std::string> lines;
};

Tool tool_named(std::string name, decltype(Tool::run) run, bool read_only = false) {
  Tool tool;
  tool.name = std::move(name);
  tool.title = "Title";
  tool.description = "Does it.";
  tool.annotations.read_only = read_only;
  tool.input_schema = {{"type", "object"}};
  tool.output_schema = {{"type", "object"}};
  tool.run = std::move(run);
  return tool;
}

Features sample_features() {
  Features features;
  features.tools = {
      tool_named("echo",
                 [](Call&, const Json& arguments) {
                   return CallToolResult{"heard", {{"args", arguments.dump()}}, false};
                 }),
      tool_named("count",
                 [](Call& call, const Json&) {
                   for (int i : {1, 2, 2, 3}) call.progress(i, "step");
                   return CallToolResult{"done", nullptr, false};
                 }),
      tool_named("picky",
                 [](Call&, const Json&) -> CallToolResult {
                   throw InvalidArguments("arguments.x: required");
                 }),
      tool_named("broken", [](Call&, const Json&) -> CallToolResult {
        throw std::runtime_error("secret detail");
      })};
  return features;
}

struct Fixture {
  std::string logged;
  Server server{{"patchbay", "Patchbay", "1.2", "Use it."},
                sample_features(),
                [this](std::string_view line) { logged += line; }};
  std::shared_ptr<Peer> peer = std::make_shared<Peer>(4);
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();

  std::vector<Work> give(const std::string& text) { return server.receive(peer, recorder, text); }

  // The one message that answers `text`, or null when there is none.
  Json ask(const std::string& text) {
    for (const Work& work : give(text)) work();
    return next();
  }
  Json next() {
    if (recorder->lines.empty()) return nullptr;
    Json message = Json::parse(recorder->lines.front());
    recorder->lines.pop_front();
    return message;
  }
  void initialize(const char* version) {
    ask(std::string(
            R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")") +
        version + R"(","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
  }
};

constexpr const char* modern_meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string modern_request(const std::string& method, const std::string& more = "") {
  return R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":{)" + more + modern_meta +
         "}}";
}

}  // namespace

TEST_CASE("what is not a request is answered with the right code, or not at all") {
  struct Case {
    const char* text;
    int code;  // 0: no answer
  };
  constexpr Case cases[] = {
      {"not json", -32700},
      {"[]", -32600},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600},
      {"5", -32600},
      {R"({"id":1,"method":"ping"})", -32600},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", -32600},
      {R"({"jsonrpc":2.0,"id":1,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":18446744073709551616,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"no/such"})", -32601},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools\u0000/call"})", -32601},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none"}})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":[]}})",
       -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})", -32602},
      {R"({"jsonrpc":"2.0","id":9,"result":{}})", 0},
      {R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}})", 0},
      {R"({"jsonrpc":"2.0","method":"notifications/x","params":[1]})", 0},
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}})", 0},
      {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[]}})", 0},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    Fixture f;
    const Json answer = f.ask(each.text);
    CHECK((answer.is_null() ? 0 : answer["error"].value("code", 0)) == each.code);
    CHECK(f.ask(R"({"jsonrpc":"2.0","id":"p","method":"ping"})")["result"] == Json::object());
  }
}

TEST_CASE("ids come back with the type and value they had") {
  for (const char* id :
       {"0", "-1", "1795140116068197670", "\"1\"", "\"\"", "9223372036854775807"}) {
    Fixture f;
    const Json answer = f.ask(std::string(R"({"jsonrpc":"2.0","method":"ping","id":)") + id + "}");
    CHECK(answer["id"].dump() == id);
  }
}

TEST_CASE("an error without a readable id has none, or null where the old schema wants one") {
  Fixture f;
  CHECK_FALSE(f.ask("{").contains("id"));
  f.initialize("2025-06-18");
  CHECK(f.ask("{").at("id").is_null());
}

TEST_CASE("initialize settles on a legacy revision") {
  struct Case {
    const char* asked;
    const char* settled;
  };
  constexpr Case cases[] = {{"2024-11-05", "2024-11-05"}, {"2025-03-26", "2025-03-26"},
                            {"2025-06-18", "2025-06-18"}, {"2025-11-25", "2025-11-25"},
                            {"2026-07-28", "2025-11-25"}, {"1999-01-01", "2025-11-25"}};
  for (const Case& each : cases) {
    CAPTURE(each.asked);
    Fixture f;
    const Json answer = f.ask(
        std::string(
            R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")") +
        each.asked + "\"}}");
    CHECK(answer["result"]["protocolVersion"] == each.settled);
    CHECK(answer["result"]["serverInfo"]["name"] == "patchbay");
    CHECK(answer["result"]["capabilities"] == Json{{"tools", Json::object()}});
    CHECK_FALSE(answer["result"].contains("resultType"));
  }
}

TEST_CASE("both eras on one connection, in any order") {
  Fixture f;
  CHECK(f.ask(modern_request("server/discover"))["result"]["supportedVersions"] ==
        Json{"2026-07-28"});
  f.initialize("2025-11-25");
  const Json newer = f.ask(modern_request("tools/call", R"("name":"echo",)"))["result"];
  CHECK(newer["resultType"] == "complete");
  CHECK(newer["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "patchbay");
  const Json legacy =
      f.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}})")["result"];
  CHECK_FALSE(legacy.contains("resultType"));
  CHECK_FALSE(legacy.contains("_meta"));
  f.initialize("2024-11-05");
  CHECK_FALSE(f.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}})")
                  .at("result")
                  .contains("structuredContent"));
  CHECK(f.ask(R"({"jsonrpc":"2.0","id":1,"method":"server/discover"})")["result"].contains(
      "supportedVersions"));
}

TEST_CASE("a modern request must describe itself whole") {
  struct Case {
    const char* meta;
    int code;
  };
  constexpr Case cases[] = {
      {R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})", -32602},
      {R"({"io.modelcontextprotocol/protocolVersion":5,"io.modelcontextprotocol/clientCapabilities":{}})",
       -32602},
      {R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]})",
       -32602},
      {R"({"io.modelcontextprotocol/protocolVersion":"2031-01-01","io.modelcontextprotocol/clientCapabilities":{}})",
       -32022},
      {R"({"io.modelcontextprotocol/protocolVersion":"2025-11-25","io.modelcontextprotocol/clientCapabilities":{}})",
       -32022},
  };
  for (const Case& each : cases) {
    CAPTURE(each.meta);
    Fixture f;
    const Json answer =
        f.ask(std::string(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":)") +
              each.meta + "}}");
    CHECK(answer["error"]["code"] == each.code);
    if (each.code == -32022) {
      CHECK(answer["error"]["data"]["supported"] == Json{"2026-07-28"});
      CHECK(answer["error"]["data"]["requested"].is_string());
    }
  }
  for (const char* removed : {"initialize", "ping", "logging/setLevel", "resources/subscribe"}) {
    Fixture f;
    CHECK(f.ask(modern_request(removed))["error"]["code"] == -32601);
  }
}

TEST_CASE("a tool's definition holds what its revision knows") {
  Fixture f;
  const char* list = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
  f.initialize("2024-11-05");
  Json tool = f.ask(list)["result"]["tools"][0];
  CHECK_FALSE(tool.contains("annotations"));
  CHECK_FALSE(tool.contains("outputSchema"));
  f.initialize("2025-03-26");
  tool = f.ask(list)["result"]["tools"][0];
  CHECK(tool.contains("annotations"));
  CHECK_FALSE(tool.contains("title"));
  f.initialize("2025-06-18");
  tool = f.ask(list)["result"]["tools"][0];
  CHECK(tool.contains("outputSchema"));
  CHECK(tool.contains("title"));
  const Json newer = f.ask(modern_request("tools/list"))["result"];
  CHECK(newer["ttlMs"].is_number_integer());
  CHECK(newer["cacheScope"].is_string());
  CHECK(f.give(list).empty());
  CHECK(f.give(list).empty());
  CHECK(f.recorder->lines[0] == f.recorder->lines[1]);  // the same bytes each time
}

TEST_CASE(
    "what a tool throws: arguments are the model's to mend, the rest is ours and stays here") {
  Fixture f;
  const auto call = [&](const std::string& name) {
    return f.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + name +
                 "\"}}");
  };
  const Json refused = call("picky")["result"];
  CHECK(refused["isError"] == true);
  CHECK(refused["content"][0]["text"] == "invalid_arguments: arguments.x: required");
  CHECK_FALSE(refused.contains("structuredContent"));
  const Json broken = call("broken");
  CHECK(broken["error"]["code"] == -32603);
  CHECK(broken.dump().find("secret detail") == std::string::npos);
  CHECK(f.logged.find("secret detail") != std::string::npos);
}

TEST_CASE("progress carries the token, grows, and is sent only to who asked") {
  Fixture f;
  const auto works = f.give(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"progressToken":"t"}}})");
  REQUIRE(works.size() == 1);
  works[0]();
  std::vector<int> seen;
  while (f.recorder->lines.size() > 1) {
    const Json note = f.next();
    CHECK(note["method"] == "notifications/progress");
    CHECK(note["params"]["progressToken"] == "t");
    seen.push_back(note["params"]["progress"].get<int>());
  }
  CHECK(seen == std::vector<int>{1, 2, 3});
  CHECK(f.next()["id"] == 1);
  CHECK(
      f.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count"}})")["id"] ==
      1);  // nothing before it
}

TEST_CASE("a cancelled call writes nothing more, whatever it does") {
  Fixture f;
  auto works = f.give(
      R"({"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"count","_meta":{"progressToken":1}}})");
  REQUIRE(works.size() == 1);
  SUBCASE("its id counts with its type") {
    f.give(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"0"}})");
    works[0]();
    CHECK(f.recorder->lines.size() == 4);
  }
  SUBCASE("id 0 is an id") {
    f.give(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}})");
    works[0]();
    CHECK(f.recorder->lines.empty());
    CHECK(f.peer->idle_within(std::chrono::milliseconds(0)));
  }
}

TEST_CASE("an id in flight cannot be used again, and past the limit a call is told to wait") {
  Fixture f;
  const auto call = [](int id) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
           R"(,"method":"tools/call","params":{"name":"echo"}})";
  };
  std::vector<std::vector<Work>> works;
  for (int id = 0; id < 4; ++id) works.push_back(f.give(call(id)));
  CHECK(f.ask(call(0))["error"]["code"] == -32600);
  const Json busy = f.ask(call(4))["result"];
  CHECK(busy["isError"] == true);
  CHECK(busy["content"][0]["text"].get<std::string>().rfind("busy:", 0) == 0);
  works[0][0]();
  CHECK(f.next()["id"] == 0);
  CHECK(f.ask(call(0))["result"]["content"][0]["text"] == "heard");
  for (std::size_t id = 1; id < works.size(); ++id) works[id][0]();  // a call is always run
  CHECK(f.peer->idle_within(std::chrono::milliseconds(0)));
}

TEST_CASE("2025-03-26 has batches: an array of answers, nothing for notifications") {
  Fixture f;
  f.initialize("2025-03-26");
  auto works = f.give(
      R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"},)"
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo"}},)"
      R"({"jsonrpc":"2.0","id":3,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}])");
  REQUIRE(works.size() == 1);
  CHECK(f.recorder->lines.empty());  // the array waits for its last answer
  works[0]();
  works.clear();
  const Json answers = f.next();
  REQUIRE(answers.is_array());
  CHECK(answers.size() == 3);
  CHECK(f.peer->client()->version == Version::v2025_03_26);
  CHECK(f.ask(R"([{"jsonrpc":"2.0","method":"notifications/initialized"}])").is_null());
}
