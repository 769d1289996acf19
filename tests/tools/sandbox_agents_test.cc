#include "tools/sandbox/sandbox_agents.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <thread>

#include "catalog/agents/card.h"
#include "catalog/agents/directory.h"
#include "catalog/errors.h"
#include "tests/process.h"
#include "tests/tools/sandbox_client.h"

namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using tests::SandboxClient;

struct Dialect {
  std::string slug;
  bool v1_0;
  std::string send, stream, find, cancel, subscribe;
};

const Dialect writer = {"sandbox-writer", true,         "SendMessage",    "SendStreamingMessage",
                        "GetTask",        "CancelTask", "SubscribeToTask"};
const Dialect clerk = {"sandbox-clerk", false,          "message/send",     "message/stream",
                       "tasks/get",     "tasks/cancel", "tasks/resubscribe"};

const Dialect editor = {"sandbox-editor", true,         "SendMessage",    "SendStreamingMessage",
                        "GetTask",        "CancelTask", "SubscribeToTask"};

json message(const Dialect& agent, const std::string& text, const std::string& task_id = "") {
  json result = {{"messageId", "m-1"}};
  if (!task_id.empty()) result["taskId"] = task_id;
  if (agent.v1_0) {
    result["role"] = "ROLE_USER";
    result["parts"] = json::array({{{"text", text}}});
  } else {
    result["kind"] = "message";
    result["role"] = "user";
    result["parts"] = json::array({{{"kind", "text"}, {"text", text}}});
  }
  return {{"message", result}};
}

catalog::Response post(SandboxClient& client, const Dialect& agent, const std::string& body) {
  std::vector<std::string> headers;
  if (agent.v1_0) headers.emplace_back("A2A-Version: 1.0");
  return client.post(fmt::format("/agents/{}/rpc", agent.slug), body, headers, false);
}

catalog::Response call(SandboxClient& client, const Dialect& agent, const std::string& method,
                       const json& params) {
  const json rpc = {{"jsonrpc", "2.0"}, {"id", 7}, {"method", method}, {"params", params}};
  return post(client, agent, rpc.dump());
}

json result(SandboxClient& client, const Dialect& agent, const std::string& method,
            const json& params) {
  const json reply = json::parse(call(client, agent, method, params).body);
  CHECK(reply["id"] == 7);
  CAPTURE(reply.dump());
  REQUIRE(reply.contains("result"));
  return reply["result"];
}

// The code of the error; 0 when there was none.
int error(SandboxClient& client, const Dialect& agent, const std::string& method,
          const json& params) {
  const auto response = call(client, agent, method, params);
  CHECK(response.head.status == 200);
  CHECK(response.head.content_type == "application/json");
  const json reply = json::parse(response.body);
  return reply.contains("error") ? reply["error"]["code"].get<int>() : 0;
}

const std::string draft =
    "A draft by sandbox-writer.\n\nYou asked for: a note\n\nThis is the first sentence of the "
    "draft. "
    "This is the second one. It says nothing, because this is the sandbox.";

// A task of the writer that has only just begun.
std::string begun_task(SandboxClient& client) {
  json params = message(writer, "a note");
  params["configuration"] = {{"returnImmediately", true}};
  const json task = result(client, writer, "SendMessage", params)["task"];
  CHECK(task["status"]["state"] == "TASK_STATE_WORKING");
  return task["id"];
}

}  // namespace

TEST_CASE("the sandbox's agents have cards that say what they speak") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto entries = sandbox.agents();
  REQUIRE(entries.size() == 3);
  const struct {
    std::string slug, name, version;
  } expected[] = {{"sandbox-writer", "Sandbox Writer", "1.0"},
                  {"sandbox-clerk", "Sandbox Clerk", "0.3"},
                  {"sandbox-editor", "Sandbox Editor", "1.0"}};
  for (std::size_t at = 0; at < entries.size(); ++at) {
    CAPTURE(entries[at].slug);
    CHECK(entries[at].slug == expected[at].slug);
    CHECK(entries[at].credential.secret.empty());
    const auto url = catalog::parse_url(entries[at].card_url);
    REQUIRE(url);
    CHECK(url->origin() == client.origin());
    const json document = json::parse(client.get(url->path, false).body);
    const catalog::AgentCard card = catalog::decode_card(document, *url);
    CHECK(card.name == expected[at].name);
    CHECK(card.description.find("sandbox") != std::string::npos);
    CHECK(card.streaming);
    CHECK(card.skills.size() == 1);
    const auto chosen = catalog::choose_interface(card);
    REQUIRE(chosen.interface);
    CHECK(chosen.interface->protocol_version == expected[at].version);
    CHECK(chosen.interface->url.starts_with(client.origin()));
  }
  CHECK(client.get("/agents/nobody/.well-known/agent-card.json").head.status == 404);
}

TEST_CASE("sandbox-writer streams its draft in pieces") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  catalog::Response response;
  const auto time = tests::time_of(
      [&] { response = call(client, writer, "SendStreamingMessage", message(writer, "a note")); });
  CHECK(time > milliseconds(300));
  CHECK(response.head.content_type == "text/event-stream");
  const auto events = tests::events(response.body);
  REQUIRE(events.size() == 11);
  CHECK(events[0]["result"]["task"]["status"]["state"] == "TASK_STATE_SUBMITTED");
  CHECK(events[1]["result"]["statusUpdate"]["status"]["state"] == "TASK_STATE_WORKING");
  std::string text;
  for (std::size_t at = 2; at < 10; ++at) {
    const json& update = events[at]["result"]["artifactUpdate"];
    text += update["artifact"]["parts"][0]["text"].get<std::string>();
    CHECK(update.value("append", false) == (at > 2));
    CHECK(update.value("lastChunk", false) == (at == 9));
    CHECK_FALSE(update.contains("kind"));
  }
  CHECK(text == draft);
  CHECK(events[10]["result"]["statusUpdate"]["status"]["state"] == "TASK_STATE_COMPLETED");
}

TEST_CASE("sandbox-writer answers the whole when not streamed, and remembers it") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json task = result(client, writer, "SendMessage", message(writer, "a note"))["task"];
  CHECK(task["status"]["state"] == "TASK_STATE_COMPLETED");
  CHECK(task["artifacts"][0]["parts"][0]["text"] == draft);
  CHECK(task["history"][0]["role"] == "ROLE_USER");
  CHECK(result(client, writer, "GetTask", {{"id", task["id"]}}) == task);
}

TEST_CASE("a task of sandbox-writer goes on when its client hangs up, and can be joined") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const std::string id = begun_task(client);
  std::this_thread::sleep_for(milliseconds(120));
  const auto events = tests::events(call(client, writer, "SubscribeToTask", {{"id", id}}).body);
  REQUIRE(events.size() > 3);
  std::string text = events[0]["result"]["task"]["artifacts"][0]["parts"][0]["text"];
  for (const json& event : events) {
    const auto& update = event["result"];
    if (update.contains("artifactUpdate")) {
      text += update["artifactUpdate"]["artifact"]["parts"][0]["text"].get<std::string>();
    }
  }
  CHECK(text == draft);
  CHECK(error(client, writer, "SubscribeToTask", {{"id", id}}) == -32004);
}

TEST_CASE("a task of sandbox-writer can be canceled, which ends its stream") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const std::string id = begun_task(client);
  std::string stream;
  std::thread reader([&] { stream = call(client, writer, "SubscribeToTask", {{"id", id}}).body; });
  std::this_thread::sleep_for(milliseconds(60));
  const json task = result(client, writer, "CancelTask", {{"id", id}});
  reader.join();
  CHECK(task["status"]["state"] == "TASK_STATE_CANCELED");
  const json last = tests::events(stream).back();
  CHECK(last["result"]["statusUpdate"]["status"]["state"] == "TASK_STATE_CANCELED");
  CHECK(error(client, writer, "CancelTask", {{"id", id}}) == -32002);
  std::this_thread::sleep_for(milliseconds(200));
  CHECK(result(client, writer, "GetTask", {{"id", id}}) == task);
}

TEST_CASE("sandbox-clerk asks first and then quotes the answer") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json asked = result(client, clerk, "message/send", message(clerk, "a form"));
  CHECK(asked["kind"] == "task");
  CHECK(asked["status"]["state"] == "input-required");
  CHECK(asked["status"]["message"]["parts"][0]["text"].get<std::string>().ends_with("?"));
  CHECK_FALSE(asked.contains("artifacts"));
  const std::string id = asked["id"];
  CHECK(result(client, clerk, "tasks/get", {{"id", id}}) == asked);
  const json done = result(client, clerk, "message/send", message(clerk, "Ada", id));
  CHECK(done["id"] == id);
  CHECK(done["status"]["state"] == "completed");
  CHECK(done["artifacts"][0]["parts"][0]["text"] ==
        "Form of the sandbox. Wanted: \"a form\". Name: \"Ada\".");
  CHECK(done["history"].size() == 3);
  CHECK(error(client, clerk, "message/send", message(clerk, "more", id)) == -32600);
}

TEST_CASE("sandbox-clerk asks and answers in streams") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const auto asked =
      tests::events(call(client, clerk, "message/stream", message(clerk, "a form")).body);
  REQUIRE(asked.size() == 3);
  CHECK(asked[0]["result"]["kind"] == "task");
  CHECK(asked[1]["result"]["final"] == false);
  CHECK(asked[2]["result"]["kind"] == "status-update");
  CHECK(asked[2]["result"]["status"]["state"] == "input-required");
  CHECK(asked[2]["result"]["final"] == true);
  const std::string id = asked[0]["result"]["id"];
  const auto done =
      tests::events(call(client, clerk, "message/stream", message(clerk, "Ada", id)).body);
  REQUIRE(done.size() == 6);
  CHECK(done[2]["result"]["kind"] == "artifact-update");
  CHECK(done[4]["result"]["artifact"]["parts"][0]["text"] == "Name: \"Ada\".");
  CHECK(done[5]["result"]["status"]["state"] == "completed");
  CHECK(done[5]["result"]["final"] == true);
}

TEST_CASE("sandbox-editor takes a file, asks, and gives it back, also to another process") {
  const tests::Folder folder;
  std::string id;
  {
    const tools::Sandbox sandbox(folder.path());
    SandboxClient client(sandbox);
    json params = message(editor, "Edit.");
    params["message"]["parts"].push_back({{"raw", "YQpiCg=="}, {"filename", "n.txt"}});
    const json asked = result(client, editor, "SendMessage", params)["task"];
    CHECK(asked["status"]["state"] == "TASK_STATE_INPUT_REQUIRED");
    CHECK(asked["status"]["message"]["parts"][0]["text"] ==
          "sandbox-editor asks: which title shall n.txt have?");
    id = asked["id"];
  }
  const tools::Sandbox sandbox(folder.path());
  SandboxClient client(sandbox);
  for (const char* other : {"sandbox-editor-task-../../x", "sandbox-editor-task-", "x"}) {
    CHECK(error(client, editor, "GetTask", {{"id", other}}) == -32001);
  }
  CHECK(error(client, writer, "GetTask", {{"id", id}}) == -32001);
  const json done = result(client, editor, "SendMessage", message(editor, "Title", id))["task"];
  CHECK(done["status"]["state"] == "TASK_STATE_COMPLETED");
  const json& parts = done["artifacts"][0]["parts"];
  CHECK(parts[0]["text"] == "sandbox-editor put a title on n.txt: 2 lines.");
  CHECK(parts[1]["raw"] == "IyBUaXRsZQoKYQpiCg==");  // "# Title\n\na\nb\n"
  CHECK(parts[1]["filename"] == "edited.md");
  const tools::Sandbox later(folder.path());
  SandboxClient late(later);
  CHECK(error(late, editor, "GetTask", {{"id", id}}) == -32001);  // nothing is kept of what is over
}

TEST_CASE("a question of sandbox-clerk can be dropped") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json asked = result(client, clerk, "message/send", message(clerk, "a form"));
  const json task = result(client, clerk, "tasks/cancel", {{"id", asked["id"]}});
  CHECK(task["status"]["state"] == "canceled");
  CHECK(error(client, clerk, "message/send", message(clerk, "Ada", task["id"])) == -32600);
}

TEST_CASE("the sandbox's agents refuse what they do not know") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  for (const Dialect* agent : {&writer, &clerk}) {
    CAPTURE(agent->slug);
    const Dialect& other = agent->v1_0 ? clerk : writer;
    for (const std::string& method : {agent->find, agent->cancel, agent->subscribe}) {
      CHECK(error(client, *agent, method, {{"id", "nothing"}}) == -32001);
      CHECK(error(client, *agent, method, json::object()) == -32602);
    }
    for (const std::string& method : {agent->send, agent->stream}) {
      CHECK(error(client, *agent, method, message(*agent, "x", "nothing")) == -32001);
      CHECK(error(client, *agent, method, message(*agent, "")) == -32602);
      CHECK(error(client, *agent, method, {{"message", {{"parts", json::array()}}}}) == -32602);
      CHECK(error(client, *agent, method, nullptr) == -32602);
    }
    CHECK(error(client, *agent, other.send, message(*agent, "x")) == -32601);
    CHECK(error(client, *agent, "ListTasks", json::object()) == -32601);
    CHECK(json::parse(post(client, *agent, "{").body)["error"]["code"] == -32700);
    CHECK(json::parse(post(client, *agent, "[]").body)["error"]["code"] == -32600);
    CHECK(json::parse(post(client, *agent, "{\"id\":1}").body)["error"]["code"] == -32600);
  }
}

TEST_CASE("sandbox-writer insists on the version it speaks") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json rpc = {
      {"jsonrpc", "2.0"}, {"id", 1}, {"method", "SendMessage"}, {"params", message(writer, "x")}};
  for (const std::vector<std::string>& headers :
       {std::vector<std::string>(), {"A2A-Version: 0.3"}, {"A2A-Version: 1.0.0"}}) {
    const auto response = client.post("/agents/sandbox-writer/rpc", rpc.dump(), headers, false);
    const json problem = json::parse(response.body)["error"];
    CHECK(problem["code"] == -32009);
    CHECK(problem["data"][0]["reason"] == "VERSION_NOT_SUPPORTED");
  }
}

TEST_CASE("a message must be for the context of its task") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const json asked = result(client, clerk, "message/send", message(clerk, "a form"));
  json params = message(clerk, "Ada", asked["id"]);
  params["message"]["contextId"] = "another";
  CHECK(error(client, clerk, "message/send", params) == -32602);
  params["message"]["contextId"] = asked["contextId"];
  CHECK(result(client, clerk, "message/send", params)["status"]["state"] == "completed");
}

TEST_CASE("a sandbox agent forgets its oldest tasks") {
  const tools::Sandbox sandbox;
  SandboxClient client(sandbox);
  const std::string first = result(client, clerk, "message/send", message(clerk, "x"))["id"];
  for (int task = 0; task < 999; ++task) call(client, clerk, "message/send", message(clerk, "x"));
  CHECK(error(client, clerk, "tasks/get", {{"id", first}}) == 0);
  call(client, clerk, "message/send", message(clerk, "x"));
  CHECK(error(client, clerk, "tasks/get", {{"id", first}}) == -32001);
}
