// Tasks that were begun through the TakoAPI gateway, which itself knows none.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/catalog/takoapi_rig.h"

using namespace catalog;
using nlohmann::json;
using tests::ask;
using tests::row;
using tests::Tako;
using tests::UpstreamRequest;
using tests::Wire;

namespace {

json reply(const char* state, const char* text = nullptr) {
  json task = {
      {"kind", "task"}, {"id", "t-1"}, {"contextId", "c-1"}, {"status", {{"state", state}}}};
  if (text != nullptr) {
    task["artifacts"] = {{{"artifactId", "a"}, {"parts", {{{"kind", "text"}, {"text", text}}}}}};
  }
  return {{"jsonrpc", "2.0"}, {"id", 1}, {"result", task}};
}

// The agent's own endpoint, by method.
void serve_agent(Tako& tako, std::map<std::string, json> replies) {
  tako.replies["/agent"] = [replies](const UpstreamRequest& request, Wire& wire) {
    const auto found = replies.find(json::parse(request.body).at("method"));
    if (found == replies.end()) return void(wire.reply(401, "application/json", "{}"));
    wire.reply(200, "application/json", found->second.dump());
  };
}

json with_endpoint(const Tako& tako, bool streaming = false) {
  return row("a", {{"endpoint", tako.upstream.url() + "/agent"}, {"streaming", streaming}});
}

std::vector<UpstreamRequest> asked_at(const Tako& tako, const std::string& path) {
  std::vector<UpstreamRequest> out;
  for (const UpstreamRequest& request : tako.upstream.requests()) {
    if (request.target == path) out.push_back(request);
  }
  return out;
}

}  // namespace

TEST_CASE("what the gateway did not see to its end is asked of the agent itself, without the key") {
  Tako tako;
  tako.list({with_endpoint(tako)});
  tako.reply("/v1/agents/a/message", reply("working"));
  serve_agent(tako, {{"tasks/get", reply("completed", "done at last")}});
  const auto directory = tako.directory();
  directory->agents({}, {});
  CHECK(ask(*directory, "a").answer.text == "done at last");
  const auto direct = asked_at(tako, "/agent");
  REQUIRE(direct.size() == 1);
  CHECK(direct[0].header("authorization").empty());
  CHECK(asked_at(tako, "/v1/agents/a/message").size() == 1);
}

TEST_CASE("a stream that the gateway cuts is resumed at the agent") {
  Tako tako;
  tako.list({with_endpoint(tako, true)});
  tako.replies["/v1/agents/a/stream"] = [](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("data: " + reply("working", "half").dump() + "\n\n");
    wire.hang_up();
  };
  serve_agent(tako, {{"tasks/get", reply("completed", "half and half")}});
  const auto directory = tako.directory();
  directory->agents({}, {});
  const auto outcome = ask(*directory, "a");
  CHECK(outcome.answer.text == "half and half");
  CHECK(outcome.printed == "half and half");
  CHECK(asked_at(tako, "/v1/agents/a/stream").size() == 1);
}

TEST_CASE("an agent that is not open keeps working, and it is said that nobody can ask it") {
  Tako tako;
  tako.list({with_endpoint(tako)});
  tako.reply("/v1/agents/a/message", reply("working", "half"));
  serve_agent(tako, {});
  const auto directory = tako.directory();
  directory->agents({}, {});
  const Answer answer = ask(*directory, "a").answer;
  CHECK(answer.status == Status::working);
  CHECK(answer.text == "half");
  REQUIRE(answer.task.has_value());
  CHECK(answer.task->route == "gateway");
  try {
    directory->follow(*answer.task, {}, {}, {});
    FAIL("no error");
  } catch (const UpstreamError& error) {
    CHECK(error.kind == Kind::unauthorized);
    CHECK(error.advice.find("gateway has no way to ask") != std::string::npos);
  }
  AgentTask without_endpoint = *answer.task;
  without_endpoint.endpoint.clear();
  CHECK_THROWS_AS(directory->follow(without_endpoint, {}, {}, {}), Refused);
  CHECK_THROWS_AS(directory->cancel(without_endpoint, {}), Refused);
}

TEST_CASE("a question is answered through the gateway, in its task") {
  Tako tako;
  tako.list({with_endpoint(tako, true)});
  tako.replies["/v1/agents/a/stream"] = [](const UpstreamRequest&, Wire& wire) {
    wire.reply(200, "text/event-stream", "data: " + reply("input-required").dump() + "\n\n");
  };
  tako.reply("/v1/agents/a/message", reply("completed", "Paris it is"));
  const auto directory = tako.directory();
  directory->agents({}, {});
  const Answer asked = ask(*directory, "a").answer;
  CHECK(asked.status == Status::input_required);
  REQUIRE(asked.task.has_value());
  Prompt prompt;
  prompt.text = "Paris";
  CHECK(directory->answer(*asked.task, prompt, {}, {}).text == "Paris it is");
  const auto sent = asked_at(tako, "/v1/agents/a/message");
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].header("authorization") == std::string("Bearer ") + tests::tako_key);
  const json message = json::parse(sent[0].body).at("message");
  CHECK(message["taskId"] == "t-1");
  CHECK(message["contextId"] == "c-1");
  CHECK(message["role"] == "user");
  CHECK(message["parts"] == json::parse(R"([{"kind":"text","text":"Paris"}])"));
}

TEST_CASE("files and conversations go through the gateway as a message, which alone reads them") {
  Tako tako;
  tako.list({with_endpoint(tako, true)});
  tako.reply("/v1/agents/a/message", reply("completed", "seen"));
  const auto directory = tako.directory();
  directory->agents({}, {});
  Prompt prompt;
  prompt.text = "see";
  prompt.context_id = "c-1";
  prompt.files = {{"a.txt", "text/plain", "hello!", ""}};
  CHECK(directory->invoke("a", prompt, {}, {}).text == "seen");
  const json message = json::parse(tako.upstream.requests().back().body).at("message");
  CHECK(message["contextId"] == "c-1");
  CHECK(message["parts"][1]["file"]["bytes"] == "aGVsbG8h");
}

TEST_CASE("a cancellation, and a stop, reach the agent behind the gateway") {
  Tako tako;
  tako.list({with_endpoint(tako, true)});
  tako.replies["/v1/agents/a/stream"] = [](const UpstreamRequest&, Wire& wire) {
    wire.begin_chunks(200, "text/event-stream");
    wire.chunk("data: " + reply("working").dump() + "\n\n");
    wire.closed_within(std::chrono::seconds(10));
    wire.hang_up();
  };
  serve_agent(tako, {{"tasks/cancel", reply("canceled")}});
  const auto directory = tako.directory();
  directory->agents({}, {});
  std::optional<AgentTask> known;
  std::stop_source stop;
  Listener listener;
  listener.on_task = [&](const AgentTask& task) {
    known = task;
    stop.request_stop();
  };
  CHECK_THROWS_AS(directory->invoke("a", Prompt{"go", {}, {}, {}, {}}, listener, stop.get_token()),
                  Cancelled);
  REQUIRE(asked_at(tako, "/agent").size() == 1);
  CHECK(asked_at(tako, "/agent")[0].header("authorization").empty());
  REQUIRE(known.has_value());
  CHECK(directory->cancel(*known, {}) == TaskState::canceled);
}
