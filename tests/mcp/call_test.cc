// What holds for a call whatever its tool does: it counts while it runs, it is forgotten when it is
// never run, and it asks nobody who would not hear.
#include "mcp/call.h"

#include <doctest/doctest.h>

#include <deque>

#include "mcp/server.h"

using namespace mcp;

namespace {

class Recorder : public Connection {
 public:
  void write(std::string line) override { lines.push_back(std::move(line)); }
  void notify(std::string line) override {
    lines.push_back(std::move(line));
    if (on_notify) on_notify();
  }
  bool notify_if_ready(std::string line) override { return notify(std::move(line)), true; }
  bool reaches_client() override { return reaches; }

  std::deque<std::string> lines;
  bool reaches = true;
  std::function<void()> on_notify;
};

Tool tool(std::string name, decltype(Tool::run) run) {
  Tool made;
  made.name = std::move(name);
  made.run = std::move(run);
  return made;
}

CallToolResult said(std::string text) { return {std::move(text), nullptr, false}; }

Json can_elicit() { return {{"elicitation", {{"form", Json::object()}, {"url", Json::object()}}}}; }

struct Fixture {
  Fixture() {
    features.tasks = true;
    features.tools = {
        tool("ask",
             [](Call& call, const Json&) {
               return said(
                   call.need({{"q", ask_url("?", "https://a.example/")}})["q"].value("action", ""));
             }),
        tool("log",
             [](Call& call, const Json&) {
               call.log(LogLevel::emergency, "test", {{"text", "x"}});
               return said("logged");
             }),
        tool("ask_if_possible",
             [](Call& call, const Json&) {
               return said(call.can_ask(ask_form("?", {{"type", "object"}})) ? "can" : "cannot");
             }),
        tool("task",
             [this](Call& call, const Json&) {
               call.become_task(std::chrono::minutes(1));
               while_left();
               return said("done");
             }),
        tool("leave", [this](Call& call, const Json&) {
          call.leave(said("working"));
          while_left();
          return said("done");
        })};
    server.emplace(ServerInfo{"s", "S", "1", ""}, features, [](std::string_view) {});
    Client client;
    client.capabilities = can_elicit();
    peer->negotiate(std::move(client));
  }

  std::vector<Work> give(const Json& message) {
    return server->receive(peer, recorder, message.dump());
  }
  static Json call(int id, const char* name, bool is_modern = false) {
    Json params = {{"name", name}};
    if (is_modern) {
      params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                         {"io.modelcontextprotocol/clientCapabilities",
                          {{"extensions", {{tasks_extension, Json::object()}}}}}};
    }
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", "tools/call"}, {"params", params}};
  }
  void run(const Json& message) {
    for (const Work& work : give(message)) work();
  }
  Json next() {
    if (recorder->lines.empty()) return nullptr;
    const Json message = Json::parse(recorder->lines.front());
    recorder->lines.pop_front();
    return message;
  }

  Features features;
  std::function<void()> while_left = [] {};
  std::shared_ptr<Allowance> allowance = std::make_shared<Allowance>(1);
  std::shared_ptr<Peer> peer = std::make_shared<Peer>(allowance, "ann");
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  std::optional<Server> server;
};

}  // namespace

TEST_CASE("a call that has answered early counts until it has returned; its id is free at once") {
  for (const char* name : {"task", "leave"}) {
    CAPTURE(name);
    Fixture f;
    Json meanwhile;
    bool id_was_free = false;
    f.while_left = [&] {
      f.next();  // the early answer
      CHECK(f.peer->idle_within(std::chrono::milliseconds(0)));
      f.run(Fixture::call(1, "ask_if_possible"));  // the same id
      meanwhile = f.next()["result"];
      id_was_free = true;
    };
    f.run(Fixture::call(1, name, true));
    CHECK(id_was_free);
    CHECK(meanwhile["isError"] == true);
    CHECK(meanwhile["content"][0]["text"].get<std::string>().rfind("busy:", 0) == 0);
    f.run(Fixture::call(2, "ask_if_possible"));
    CHECK(f.next()["result"]["content"][0]["text"] == "can");
    CHECK(f.allowance->taken == 0);
  }
}

TEST_CASE("a call that is never run gives its id and place back, and is not kept") {
  Fixture f;
  std::weak_ptr<Peer> peer = f.peer;
  CHECK(f.give(Fixture::call(1, "ask_if_possible")).size() == 1);  // dropped right away
  CHECK(f.allowance->taken == 0);
  f.run(Fixture::call(1, "ask_if_possible"));
  CHECK(f.next()["result"]["content"][0]["text"] == "can");
  std::vector<Work> kept = f.give(Fixture::call(2, "ask_if_possible"));
  f.peer = nullptr;
  CHECK_FALSE(peer.expired());  // as long as it may still be run
  kept.clear();
  CHECK(peer.expired());
}

TEST_CASE("who cannot hear a question is not asked, and the tool knows at once") {
  Fixture f;
  f.recorder->reaches = false;
  f.run(Fixture::call(1, "ask_if_possible"));
  CHECK(f.next()["result"]["content"][0]["text"] == "cannot");
  f.run(Fixture::call(2, "ask"));
  const Json error = f.next()["error"];
  CHECK(error["code"] == -32603);
  CHECK(error["message"].get<std::string>().find("text/event-stream") != std::string::npos);
  CHECK(f.next().is_null());
}

TEST_CASE("a question goes by the standing stream where the call's own connection takes none") {
  Fixture f;
  f.recorder->reaches = false;
  const auto stream = std::make_shared<Recorder>();
  f.peer->listen_on(stream);
  stream->on_notify = [&] {
    const Json asked = Json::parse(stream->lines.front());
    CHECK(asked["method"] == "elicitation/create");
    f.give({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", {{"action", "accept"}}}});
  };
  f.run(Fixture::call(1, "ask"));
  CHECK(f.next()["result"]["content"][0]["text"] == "accept");
}

TEST_CASE("a page to be opened has an id of its own in 2025-11-25") {
  Fixture f;
  std::set<std::string> ids;
  f.recorder->on_notify = [&] {
    const Json asked = f.next();
    CHECK(asked["params"]["mode"] == "url");
    CHECK(asked["params"]["url"] == "https://a.example/");
    ids.insert(asked["params"].value("elicitationId", ""));
    f.give({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", {{"action", "decline"}}}});
  };
  for (int id : {1, 2}) {
    f.run(Fixture::call(id, "ask"));
    CHECK(f.next()["result"]["content"][0]["text"] == "decline");
  }
  CHECK(ids.size() == 2);
  CHECK(ids.count("") == 0);
}

TEST_CASE("fault row C19: a modern request that names no level hears no log messages") {
  Fixture f;
  f.run(Fixture::call(1, "log", true));
  CHECK(f.next()["id"] == 1);
  Json asks = Fixture::call(2, "log", true);
  asks["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = "error";
  f.run(asks);
  CHECK(f.next()["method"] == "notifications/message");
  CHECK(f.next()["id"] == 2);
}

TEST_CASE("a subscription for which there is no room is refused before it is acknowledged") {
  Fixture f;
  const auto listen = [](int id) {
    return Json{{"jsonrpc", "2.0"},
                {"id", id},
                {"method", "subscriptions/listen"},
                {"params",
                 {{"notifications", Json::object()},
                  {"_meta",
                   {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                    {"io.modelcontextprotocol/clientCapabilities", Json::object()}}}}}};
  };
  for (int id = 0; id < static_cast<int>(Subscriptions::most); ++id) {
    f.give(listen(id));
    REQUIRE(f.next()["method"] == "notifications/subscriptions/acknowledged");
  }
  f.give(listen(-1));
  CHECK(f.next()["error"]["code"] == -32603);
  CHECK(f.next().is_null());
  f.give(
      {{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 5}}}});
  f.give(listen(-2));
  CHECK(f.next()["method"] == "notifications/subscriptions/acknowledged");
}
