// Our client and real agents: what it returns equals what the SDK's own client returns for them.
#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/directory.h"
#include "catalog/base64.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"
#include "catalog/url.h"
#include "tests/build.h"
#include "tests/interop/node.h"

using namespace catalog;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string folder = std::string(tests::build::tests_folder) + "/interop/agents";
constexpr const char* agents_key = "agents-own-key-0123456789";

// Whether the agents can be started; says why not.
bool can_run() {
  const std::string why = tests::why_no_node(folder);
  if (why.empty()) return true;
  MESSAGE("skipped: interop with real agents, because " << why);
  return false;
}

// All agents, started once for all cases of this file, and a directory of their cards.
struct RealAgents {
  RealAgents() : program(folder, {"agents.mjs"}) {
    origin = program.line(20s).value_or("");
    std::vector<CardEntry> entries;
    for (const char* name :
         {"v1", "v1-rest", "v1-plain", "v1-and-0.3", "keyed", "old", "old-rest"}) {
      CardEntry entry{name, origin + "/" + name, {}};
      if (std::string_view(name) == "keyed") {
        entry.credential.origin = parse_url(origin)->origin();
        entry.credential.secret = Secret(agents_key);
      }
      entries.push_back(std::move(entry));
    }
    entries.push_back({"keyed-without-key", origin + "/keyed", {}});
    directory = make_cards("local", std::move(entries), transfers);
  }

  tests::NodeProgram program;
  std::string origin;
  Transfers transfers;
  std::unique_ptr<Directory> directory;
};

RealAgents& agents() {
  static RealAgents all;
  REQUIRE_FALSE(all.origin.empty());
  return all;
}

Prompt saying(std::string text) {
  Prompt prompt;
  prompt.text = std::move(text);
  return prompt;
}

struct Outcome {
  std::optional<Answer> answer;
  std::optional<UpstreamError> error;
  std::string printed;
};

Outcome ask(const std::string& agent, const std::string& text) {
  Outcome out;
  const Listener listener{[&out](std::string_view piece) { out.printed += piece; }, {}};
  try {
    out.answer = agents().directory->invoke(agent, saying(text), listener, {});
  } catch (const UpstreamError& error) {
    out.error = error;
  }
  return out;
}

// The state that an outcome stands for, in A2A's words.
std::string state_of(const Outcome& outcome) {
  if (outcome.answer) return outcome.answer->finish_reason;
  if (outcome.error->kind == Kind::agent_rejected) return "rejected";
  return outcome.error->kind == Kind::agent_failed ? "failed"
                                                   : std::string(name(outcome.error->kind));
}

void check_files(const std::vector<FilePart>& ours, const json& theirs) {
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t at = 0; at < ours.size(); ++at) {
    CHECK(ours[at].name == theirs[at].value("name", ""));
    CHECK(ours[at].media_type == theirs[at].value("media_type", ""));
    CHECK(ours[at].url == theirs[at].value("url", ""));
    CHECK(ours[at].bytes == base64_decoded(theirs[at].value("base64", "")).value());
  }
}

void check_same(const Outcome& ours, const json& theirs) {
  CHECK(state_of(ours) == theirs["state"]);
  const std::string answer = theirs["answer"];
  const std::string said = theirs["said"];
  if (!ours.answer) {
    CHECK(ours.error->provider_message == said);
    CHECK(ours.error->partial_text == answer);
    return;
  }
  check_files(ours.answer->files, theirs["files"]);
  if (theirs["files"].empty()) {
    CHECK(ours.answer->text == (answer.empty() ? said : answer));
    if (ours.answer->status == Status::completed) CHECK(ours.printed == ours.answer->text);
    return;
  }
  CHECK(ours.answer->text.find(answer) == 0);
  for (const json& data : theirs["data"]) {
    CHECK(ours.answer->text.find(data.dump()) != std::string::npos);
  }
}

AgentTask begun(const std::string& agent, const std::string& text) {
  std::optional<AgentTask> known;
  std::stop_source stop;
  Listener listener;
  listener.on_task = [&](const AgentTask& task) {
    known = task;
    stop.request_stop();
  };
  Prompt prompt = saying(text);
  prompt.patience.leaves_task = [] { return true; };
  CHECK_THROWS_AS(agents().directory->invoke(agent, prompt, listener, stop.get_token()), Cancelled);
  REQUIRE(known.has_value());
  return *agent_task(to_text(*known));  // as it would be after a restart
}

}  // namespace

TEST_CASE("interop: our answers equal those of the SDK's own client") {
  if (!can_run()) return;
  tests::NodeProgram client(folder, {"client.mjs", agents().origin});
  std::size_t compared = 0;
  while (const auto line = client.line(20s)) {
    const json theirs = json::parse(*line);
    CAPTURE(*line);
    check_same(ask(theirs["agent"], theirs["text"]), theirs);
    ++compared;
  }
  CHECK(compared == 6 * 11);
}

TEST_CASE("interop: a question is answered in its task") {
  if (!can_run()) return;
  for (const char* agent : {"v1", "v1-rest", "v1-plain", "v1-and-0.3", "old", "old-rest"}) {
    CAPTURE(agent);
    const Outcome asked = ask(agent, "ask");
    REQUIRE(asked.answer.has_value());
    CHECK(asked.answer->text == "Which city?");
    REQUIRE(asked.answer->task.has_value());
    const Answer answer = agents().directory->answer(*asked.answer->task, saying("Paris"), {}, {});
    CHECK(answer.status == Status::completed);
    CHECK(answer.text == "you answered: Paris");
    CHECK(answer.task_id == asked.answer->task_id);
  }
}

TEST_CASE("interop: a task is left, followed from its record, and cancelled") {
  if (!can_run()) return;
  for (const char* agent : {"v1", "v1-rest", "v1-plain", "v1-and-0.3", "old", "old-rest"}) {
    CAPTURE(agent);
    Directory& directory = *agents().directory;
    const AgentTask quick = begun(agent, "slow 3");
    CHECK(directory.follow(quick, {}, {}, {}).text == "slow but done");

    const AgentTask slow = begun(agent, "slow 100");
    Patience short_one;
    short_one.until = std::chrono::steady_clock::now() + 200ms;
    CHECK(directory.follow(slow, short_one, {}, {}).status == Status::working);
    CHECK(directory.cancel(slow, {}) == TaskState::canceled);
    CHECK(directory.cancel(slow, {}) == TaskState::canceled);  // it was over
    CHECK_THROWS_AS(directory.follow(slow, {}, {}, {}), UpstreamError);
  }
}

TEST_CASE("interop: a stop cancels the agent's task") {
  if (!can_run()) return;
  for (const char* agent : {"v1", "v1-plain", "old"}) {
    CAPTURE(agent);
    std::optional<AgentTask> known;
    std::stop_source stop;
    Listener listener;
    listener.on_task = [&](const AgentTask& task) {
      known = task;
      stop.request_stop();
    };
    CHECK_THROWS_AS(
        agents().directory->invoke(agent, saying("slow 100"), listener, stop.get_token()),
        Cancelled);
    REQUIRE(known.has_value());
    try {
      agents().directory->follow(*known, {}, {}, {});
      FAIL("not canceled");
    } catch (const UpstreamError& error) {
      CHECK(error.kind == Kind::agent_failed);
      CHECK(error.what_happened.find("canceled") != std::string::npos);
    }
  }
}

TEST_CASE("interop: files go in") {
  if (!can_run()) return;
  for (const char* agent : {"v1", "v1-rest", "v1-and-0.3", "old", "old-rest"}) {
    CAPTURE(agent);
    Prompt prompt = saying("received");
    prompt.files = {{"a.txt", "text/plain", "hello", ""}, {"b.txt", "text/plain", "world", ""}};
    // The SDK's 0.3 over plain HTTP loses the names of files.
    const bool nameless = std::string_view(agent) == "old-rest";
    CHECK(agents().directory->invoke(agent, prompt, {}, {}).text ==
          (nameless ? "file=hello;file=world;" : "a.txt=hello;b.txt=world;"));
  }
}

TEST_CASE("interop: an agent that wants a key, and its extended card") {
  if (!can_run()) return;
  const AgentDetail detail = agents().directory->agent("keyed", {});
  REQUIRE(detail.card.has_value());
  CHECK(detail.callable);
  CHECK(detail.card->name == "keyed (extended)");
  CHECK(detail.card->skills.size() == 2);
  const AgentDetail closed = agents().directory->agent("keyed-without-key", {});
  CHECK_FALSE(closed.callable);
  CHECK(closed.card->skills.size() == 1);
  const Outcome refused = ask("keyed-without-key", "echo hello");
  REQUIRE(refused.error.has_value());
  CHECK(refused.error->kind == Kind::unauthorized);
}

TEST_CASE("interop: an endpoint that speaks another version than it is said to") {
  if (!can_run()) return;
  struct Case {
    const char* agent;
    const char* binding;
    const char* place;
    A2aVersion said;
    const char* spoken;
  };
  const Case cases[] = {{"v1", "JSONRPC", "rpc", A2aVersion::v0_3, "A2A 1.0"},
                        {"v1", "HTTP+JSON", "rest", A2aVersion::v0_3, "A2A 1.0"},
                        {"v1-and-0.3", "JSONRPC", "rpc", A2aVersion::v0_3, "A2A 0.3"},
                        {"v1-and-0.3", "HTTP+JSON", "rest", A2aVersion::v0_3, "A2A 0.3"},
                        {"old", "JSONRPC", "rpc", A2aVersion::v1_0, "A2A 0.3"},
                        {"old", "HTTP+JSON", "rest", A2aVersion::v1_0, "A2A 0.3"}};
  for (const Case& one : cases) {
    CAPTURE(one.agent);
    CAPTURE(one.place);
    A2aCall call;
    call.who = "agent:local/a";
    call.interface = {agents().origin + "/" + one.agent + "/" + one.place, one.binding, "", ""};
    call.version = one.said;
    call.streaming = true;
    call.public_addresses_only = false;
    SpokenVersions versions;
    for (int time = 0; time < 2; ++time) {
      const Answer answer =
          call_agent(call, saying("echo hi"), {}, agents().transfers, versions, {});
      CHECK(answer.text == "echo: echo hi");
      CHECK(answer.served_by.find(one.spoken) != std::string::npos);
    }
  }
}

TEST_CASE("interop: the tasks of a conversation are listed") {
  if (!can_run()) return;
  for (const char* place : {"JSONRPC rpc", "HTTP+JSON rest"}) {
    CAPTURE(place);
    const std::string_view both = place;
    const auto space = both.find(' ');
    A2aCall call;
    call.who = "agent:local/v1";
    call.interface = {agents().origin + "/v1/" + std::string(both.substr(space + 1)),
                      std::string(both.substr(0, space)), "1.0", ""};
    call.public_addresses_only = false;
    const Outcome first = ask("v1", "echo one");
    Prompt second = saying("echo two");
    second.context_id = first.answer->context_id;
    CHECK(agents().directory->invoke("v1", second, {}, {}).context_id == second.context_id);
    const TaskPage page = list_tasks(call, second.context_id, "", agents().transfers, {});
    CHECK(page.tasks.size() == 2);
    for (const A2aTask& task : page.tasks) CHECK(task.context_id == second.context_id);
  }
}
