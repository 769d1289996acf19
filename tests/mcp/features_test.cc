// Resources, prompts, completion, rounds, tasks, subscriptions and skills, over the fixture that
// the conformance suite meets too.
#include <doctest/doctest.h>

#include <deque>
#include <thread>

#include "mcp/request_state.h"
#include "mcp/server.h"
#include "tests/conformance/fixture.h"

using namespace mcp;
using namespace std::chrono_literals;

namespace {

class Recorder : public Connection {
 public:
  void write(std::string line) override { add(std::move(line)); }
  void notify(std::string line) override { add(std::move(line)); }
  bool notify_if_ready(std::string line) override { return add(std::move(line)), true; }

  Json next() {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, 5s, [this] { return !lines_.empty(); })) return nullptr;
    Json message = Json::parse(lines_.front());
    lines_.pop_front();
    return message;
  }
  bool silent() {
    std::lock_guard lock(mutex_);
    return lines_.empty();
  }

 private:
  void add(std::string line) {
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    came_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::string> lines_;
};

Features all_features() {
  Features features;
  conformance::add_content_tools(features);
  conformance::add_asking_tools(features, {[] {}, [] {}});
  conformance::add_round_tools(features);
  conformance::add_task_tools(features);
  conformance::add_resources(features);
  conformance::add_prompts(features);
  features.skills = {{"sample",
                      {{"name", "sample"}, {"description", "A sample."}},
                      {{"SKILL.md", "text/markdown", "# Sample"}}}};
  features.logging = features.tasks = features.lists_change = features.resources_change = true;
  return features;
}

struct Fixture {
  Server server{{"fixture", "Fixture", "1", ""}, all_features(), [](std::string_view) {}};
  std::shared_ptr<Peer> peer = std::make_shared<Peer>();
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  std::vector<std::thread> running;
  int last_id = 100;

  ~Fixture() {
    server.stop_tasks();
    peer->cancel(Peer::Which::all);
    for (std::thread& thread : running) thread.join();
  }

  // Runs whatever work there is on threads of its own.
  void send(const Json& message) {
    for (Work& work : server.receive(peer, recorder, message.dump())) {
      running.emplace_back(std::move(work));
    }
  }
  void initialize(const char* version, const Json& capabilities = Json::object()) {
    send({{"jsonrpc", "2.0"},
          {"id", 0},
          {"method", "initialize"},
          {"params", {{"protocolVersion", version}, {"capabilities", capabilities}}}});
    recorder->next();
    peer->listen_on(recorder);
  }
  Json legacy(const char* method, const Json& params = Json::object()) {
    send({{"jsonrpc", "2.0"}, {"id", ++last_id}, {"method", method}, {"params", params}});
    return recorder->next();
  }
  Json modern(const char* method, Json params = Json::object(),
              const Json& capabilities = Json::object()) {
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                       {"io.modelcontextprotocol/clientCapabilities", capabilities}};
    send({{"jsonrpc", "2.0"}, {"id", ++last_id}, {"method", method}, {"params", params}});
    return recorder->next();
  }
};

const Json can_elicit = {{"elicitation", {{"form", Json::object()}}}};
const Json can_task = {{"elicitation", Json::object()},
                       {"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}}};

}  // namespace

TEST_CASE("what is declared is what is offered, in the shape of each revision") {
  Fixture f;
  const Json discovered = f.modern("server/discover")["result"]["capabilities"];
  CHECK(discovered["extensions"].contains("io.modelcontextprotocol/tasks"));
  CHECK(discovered["extensions"].contains("io.modelcontextprotocol/skills"));
  CHECK(discovered.contains("completions"));
  Server bare({"bare", "Bare", "1", ""}, {}, [](std::string_view) {});
  for (const char* method : {"tools/list", "resources/list", "prompts/list", "completion/complete",
                             "logging/setLevel", "resources/subscribe"}) {
    auto peer = std::make_shared<Peer>();
    bare.receive(peer, f.recorder, Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}}.dump());
    CAPTURE(method);
    CHECK(f.recorder->next()["error"]["code"] == -32601);
  }
}

TEST_CASE("resources are read by uri and by template; one that is missing is an error of its era") {
  Fixture f;
  const Json text = f.legacy("resources/read", {{"uri", "test://static-text"}});
  CHECK(text["result"]["contents"][0]["text"] == "A static text.");
  CHECK_FALSE(text["result"].contains("ttlMs"));
  const Json binary = f.modern("resources/read", {{"uri", "test://static-binary"}});
  CHECK(binary["result"]["contents"][0]["blob"].get<std::string>().rfind("iVBOR", 0) == 0);
  CHECK(binary["result"]["ttlMs"].is_number_integer());
  const Json data = f.modern("resources/read", {{"uri", "test://template/a%20b/data"}});
  CHECK(data["result"]["contents"][0]["text"].get<std::string>().find("a b") != std::string::npos);
  CHECK(f.modern("resources/read", {{"uri", "test://none"}})["error"]["code"] == -32602);
  const Json missing = f.legacy("resources/read", {{"uri", "test://none"}})["error"];
  CHECK(missing["code"] == -32002);
  CHECK(missing["data"]["uri"] == "test://none");
}

TEST_CASE("prompts take their arguments, and miss them") {
  Fixture f;
  const Json got = f.legacy("prompts/get", {{"name", "test_prompt_with_arguments"},
                                            {"arguments", {{"arg1", "x"}, {"arg2", "y"}}}});
  CHECK(got["result"]["messages"][0]["content"]["text"] == "x and y");
  CHECK(f.legacy("prompts/get", {{"name", "test_prompt_with_arguments"}})["error"]["code"] ==
        -32602);
  CHECK(f.legacy("prompts/get", {{"name", "none"}})["error"]["code"] == -32602);
}

TEST_CASE("arguments and variables are completed from what was typed") {
  Fixture f;
  const auto complete = [&](const Json& ref, const char* name, const char* typed) {
    return f.modern("completion/complete",
                    {{"ref", ref}, {"argument", {{"name", name}, {"value", typed}}}});
  };
  const Json prompt = {{"type", "ref/prompt"}, {"name", "test_prompt_with_arguments"}};
  CHECK(complete(prompt, "arg1", "par")["result"]["completion"]["values"].size() == 3);
  CHECK(complete(prompt, "arg1", "park")["result"]["completion"]["values"] == Json{"park"});
  CHECK(complete(prompt, "arg2", "x")["result"]["completion"]["values"].empty());
  CHECK(complete(prompt, "arg3", "x")["error"]["code"] == -32602);
  const Json resource = {{"type", "ref/resource"}, {"uri", "test://template/{id}/data"}};
  CHECK(complete(resource, "id", "pa")["result"]["completion"]["total"] == 3);
}

TEST_CASE("lists come in pages; a cursor of another list is refused") {
  Features features = all_features();
  features.page_size = 7;
  Server server({"s", "S", "1", ""}, features, [](std::string_view) {});
  auto peer = std::make_shared<Peer>();
  auto recorder = std::make_shared<Recorder>();
  std::size_t seen = 0;
  Json params = Json::object();
  for (int page = 0; page < 20; ++page) {
    server.receive(
        peer, recorder,
        Json{{"jsonrpc", "2.0"}, {"id", page}, {"method", "tools/list"}, {"params", params}}
            .dump());
    const Json result = recorder->next()["result"];
    seen += result["tools"].size();
    if (!result.contains("nextCursor")) break;
    params["cursor"] = result["nextCursor"];
  }
  CHECK(seen == features.tools.size());
  for (const char* method : {"prompts/list", "tools/list"}) {
    params["cursor"] = std::string(method) == "tools/list" ? Json("nonsense") : params["cursor"];
    server.receive(
        peer, recorder,
        Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump());
    CHECK(recorder->next()["error"]["code"] == -32602);
  }
}

TEST_CASE("a handler that needs input asks an older client by a request") {
  Fixture f;
  f.initialize("2025-06-18", {{"elicitation", Json::object()}});
  f.send({{"jsonrpc", "2.0"},
          {"id", 1},
          {"method", "tools/call"},
          {"params", {{"name", "test_input_required_result_multi_round"}}}});
  for (const char* property : {"name", "color"}) {
    const Json asked = f.recorder->next();
    CHECK(asked["method"] == "elicitation/create");
    CHECK_FALSE(asked["params"].contains("mode"));  // 2025-06-18 had only the form
    f.send({{"jsonrpc", "2.0"},
            {"id", asked["id"]},
            {"result", {{"action", "accept"}, {"content", {{property, "blue"}}}}}});
  }
  CHECK(f.recorder->next()["result"]["content"][0]["text"] == "blue likes blue");
}

TEST_CASE("and a modern one by rounds, whose state is sealed") {
  Fixture f;
  Json params = {{"name", "test_input_required_result_multi_round"}, {"arguments", Json::object()}};
  const Json first = f.modern("tools/call", params, can_elicit)["result"];
  CHECK(first["resultType"] == "input_required");
  CHECK(first["inputRequests"]["step1"]["method"] == "elicitation/create");
  params["requestState"] = first["requestState"];
  params["inputResponses"] = {{"step1", {{"action", "accept"}, {"content", {{"name", "Ann"}}}}}};
  const Json second = f.modern("tools/call", params, can_elicit)["result"];
  CHECK(second["inputRequests"].contains("step2"));
  CHECK(second["requestState"] != first["requestState"]);
  params["requestState"] = second["requestState"];
  params["inputResponses"] = {{"step2", {{"action", "accept"}, {"content", {{"color", "red"}}}}}};
  CHECK(f.modern("tools/call", params, can_elicit)["result"]["content"][0]["text"] ==
        "Ann likes red");

  SUBCASE("altered, for other params, or for another tool it is refused") {
    Json altered = params;
    altered["requestState"] = params["requestState"].get<std::string>() + "-TAMPERED";
    CHECK(f.modern("tools/call", altered, can_elicit)["error"]["code"] == -32602);
    Json elsewhere = params;
    elsewhere["name"] = "test_input_required_result_elicitation";
    CHECK(f.modern("tools/call", elsewhere, can_elicit)["error"]["code"] == -32602);
    Json other = params;
    other["arguments"] = {{"x", 1}};
    CHECK(f.modern("tools/call", other, can_elicit)["error"]["code"] == -32602);
  }
  SUBCASE("an answer of the wrong shape is asked for again, one that is missing too") {
    for (const Json& wrong :
         {Json{{"other", 1}}, Json{{"step2", 5}}, Json{{"step2", {{"action", "accept"}}}},
          Json{{"step2", {{"action", "accept"}, {"content", {{"color", 3}}}}}}}) {
      params["inputResponses"] = wrong;
      CHECK(f.modern("tools/call", params, can_elicit)["result"]["resultType"] == "input_required");
    }
    params["inputResponses"] = Json::array();
    CHECK(f.modern("tools/call", params, can_elicit)["error"]["code"] == -32602);
  }
  SUBCASE("a client that cannot be asked is told what it lacks") {
    const Json error = f.modern("tools/call", {{"name", "test_missing_capability"}})["error"];
    CHECK(error["code"] == -32021);
    CHECK(error["data"]["requiredCapabilities"].contains("sampling"));
  }
}

namespace {

struct TaskFixture : Fixture {
  Json call(const char* name, const Json& arguments = Json::object()) {
    return modern("tools/call", {{"name", name}, {"arguments", arguments}}, can_task)["result"];
  }
  Json get(const Json& id) { return modern("tasks/get", {{"taskId", id}}, can_task)["result"]; }
  // The task once it no longer has that status.
  Json after(const char* status, const Json& id) {
    Json task;
    for (int i = 0; i < 400 && (task = get(id))["status"] == status; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    return task;
  }
};

}  // namespace

TEST_CASE("a task answers at once, can be asked for, and keeps its end") {
  TaskFixture f;
  const Json first = f.call("slow_compute", {{"seconds", 0.05}});
  CHECK(first["resultType"] == "task");
  CHECK(first["status"] == "working");
  CHECK(first["ttlMs"].is_number_integer());
  const Json task = f.after("working", first["taskId"]);
  CHECK(task["status"] == "completed");
  CHECK(task["result"]["content"][0]["text"] == "computed");
  CHECK(task["result"]["resultType"] == "complete");
}

TEST_CASE("a task fails, is cancelled, or is unknown") {
  TaskFixture f;
  const Json broken = f.after("working", f.call("protocol_error_job")["taskId"]);
  CHECK(broken["status"] == "failed");
  CHECK(broken["error"]["code"] == -32603);
  const Json slow = f.call("slow_compute", {{"seconds", 30}});
  f.modern("tasks/cancel", {{"taskId", slow["taskId"]}}, can_task);
  CHECK(f.get(slow["taskId"])["status"] == "cancelled");
  CHECK(f.modern("tasks/get", {{"taskId", "none"}}, can_task)["error"]["code"] == -32602);
  CHECK(f.modern("tasks/get", {{"taskId", slow["taskId"]}})["error"]["code"] == -32021);
}

TEST_CASE("a task asks its owner") {
  TaskFixture f;
  const Json first = f.call("multi_input");
  const Json task = f.after("working", first["taskId"]);
  CHECK(task["status"] == "input_required");
  CHECK(task["inputRequests"].size() == 2);
  const auto answer = [&](const char* key) {
    const Json response = {{"action", "accept"}, {"content", {{"name", "v"}}}};
    f.modern("tasks/update",
             {{"taskId", first["taskId"]}, {"inputResponses", {{key, response}, {"extra", 1}}}},
             can_task);
  };
  answer("first");
  CHECK(f.get(first["taskId"])["inputRequests"].size() == 1);
  answer("second");
  const Json done = f.after("working", first["taskId"]);
  CHECK(done["result"]["content"][0]["text"] == "2 inputs");
}

TEST_CASE("another principal sees nothing of a task") {
  TaskFixture f;
  const Json first = f.call("slow_compute", {{"seconds", 30}});
  f.peer = std::make_shared<Peer>(256, "somebody else");
  CHECK(f.modern("tasks/get", {{"taskId", first["taskId"]}}, can_task)["error"]["message"] ==
        f.modern("tasks/get", {{"taskId", "none"}}, can_task)["error"]["message"]);
}

TEST_CASE("subscriptions tell what was asked for, tagged, until they end") {
  Fixture f;
  const Json ack = f.modern(
      "subscriptions/listen",
      {{"notifications",
        {{"toolsListChanged", true}, {"resourceSubscriptions", {"test://watched-resource"}}}}});
  CHECK(ack["method"] == "notifications/subscriptions/acknowledged");
  const Json id = ack["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
  CHECK(id == f.last_id);
  CHECK_FALSE(ack["params"]["notifications"].contains("promptsListChanged"));
  f.server.changed(ListKind::prompts);
  f.server.resource_updated("test://other");
  f.server.changed(ListKind::tools);
  const Json changed = f.recorder->next();
  CHECK(changed["method"] == "notifications/tools/list_changed");
  CHECK(changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == id);
  f.server.resource_updated("test://watched-resource");
  CHECK(f.recorder->next()["params"]["uri"] == "test://watched-resource");
  SUBCASE("cancelled") {
    f.send({{"jsonrpc", "2.0"},
            {"method", "notifications/cancelled"},
            {"params", {{"requestId", id}}}});
    f.server.changed(ListKind::tools);
    CHECK(f.recorder->silent());
  }
  SUBCASE("by the server") {
    f.server.end_subscriptions();
    const Json end = f.recorder->next();
    CHECK(end["id"] == id);
    CHECK(end["result"]["resultType"] == "complete");
  }
}

TEST_CASE("older clients are told on their stream, of lists and of what they subscribed to") {
  Fixture f;
  f.initialize("2025-11-25");
  f.server.changed(ListKind::tools);
  CHECK(f.recorder->next()["method"] == "notifications/tools/list_changed");
  f.server.resource_updated("test://watched-resource");
  CHECK(f.recorder->silent());
  CHECK(f.legacy("resources/subscribe", {{"uri", "test://watched-resource"}})["result"] ==
        Json::object());
  f.server.resource_updated("test://watched-resource");
  CHECK(f.recorder->next()["params"]["uri"] == "test://watched-resource");
  f.legacy("resources/unsubscribe", {{"uri", "test://watched-resource"}});
  f.server.resource_updated("test://watched-resource");
  CHECK(f.recorder->silent());
}

TEST_CASE("log messages go to who wants that level") {
  Fixture f;
  f.initialize("2025-11-25");
  CHECK(f.legacy("logging/setLevel", {{"level", "loud"}})["error"]["code"] == -32602);
  f.legacy("logging/setLevel", {{"level", "error"}});
  CHECK(f.legacy("tools/call", {{"name", "test_tool_with_logging"}}).contains("result"));
  f.legacy("logging/setLevel", {{"level", "info"}});
  CHECK(f.legacy("tools/call", {{"name", "test_tool_with_logging"}})["method"] ==
        "notifications/message");
}

TEST_CASE("skills are listed with digests, and read as resources") {
  Fixture f;
  const Json skill = f.modern("skills/list")["result"]["skills"][0];
  CHECK(skill["uri"] == "skill://sample/SKILL.md");
  CHECK(skill["frontmatter"]["name"] == "sample");
  CHECK(skill["resources"][0]["digest"] == "sha256:" + sha256_hex("# Sample"));
  CHECK(f.modern("resources/list").dump().find(R"("name":"sample",)") != std::string::npos);
  const Json read = f.modern("resources/read", {{"uri", "skill://sample/SKILL.md"}});
  CHECK(read["result"]["contents"][0]["text"] == "# Sample");
  CHECK(f.modern("skills/get", {{"uri", "skill://none/SKILL.md"}})["error"]["code"] == -32602);
}
