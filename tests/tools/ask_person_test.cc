// An agent's question, put to the person where the configuration says so and the client can ask.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/process.h"
#include "tests/tools/modern_call.h"
#include "tools/person.h"

using nlohmann::json;
using namespace std::chrono_literals;
using tests::Process;

namespace {

const json errand = {{"target", "agent:sandbox-clerk"}, {"prompt", "A form."}};
const json form = {{"elicitation", json::object()}};

struct Home {
  explicit Home(bool ask) {
    const std::filesystem::path place = folder.path() + "/.config/patchbay";
    std::filesystem::create_directories(place);
    std::ofstream(place / "config.json") << json{{"ask_person", ask}};
  }
  tests::Folder folder;
};

// A client of 2025, which is asked by requests.
struct OldClient {
  OldClient(const Home& home, const json& capabilities)
      : program({"--sandbox"}, {{"HOME", home.folder.path()}}) {
    json hello = json::parse(tests::initialize_line("init"));
    hello["params"]["capabilities"] = capabilities;
    program.send(hello.dump());
    program.reply("init");
    program.send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    program.send(tests::call_line(1, "invoke", errand));
  }
  // The next message, which must be the program's question.
  json question() {
    const auto line = program.line(10s);
    REQUIRE(line.has_value());
    const json message = json::parse(*line);
    CHECK(message["method"] == "elicitation/create");
    return message;
  }
  void say(const json& asked, const json& answer) {
    program.send(json{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", answer}}.dump());
  }
  json result() { return program.reply(1, 20s)["result"]["structuredContent"]; }

  Process program;
};

json accepted(const std::string& text) {
  return {{"action", "accept"}, {"content", {{"answer", text}}}};
}

// The same tool call in 2026-07-28, with what was brought back.
json modern_call(Process& program, int id, const json& more = json::object()) {
  program.send(tests::modern_call_line(id, "invoke", errand, more));
  return program.reply(id, 20s)["result"];
}

}  // namespace

TEST_CASE("an agent's question goes to the person, and what they say to the agent") {
  const Home home(true);
  OldClient client(home, form);
  const json asked = client.question();
  const std::string message = asked["params"]["message"];
  CHECK(message.find("agent:sandbox-clerk asks: ") != std::string::npos);
  CHECK(message.find("?") != std::string::npos);
  client.say(asked, accepted("Ada Lovelace"));
  const json answer = client.result();
  CHECK(answer["status"] == "completed");
  CHECK(answer["text"].get<std::string>().find("Ada Lovelace") != std::string::npos);
}

TEST_CASE("a question that the person will not answer is the model's to answer") {
  const Home home(true);
  const json refusals[] = {{{"action", "decline"}}, {{"action", "cancel"}}, accepted("")};
  for (const json& refusal : refusals) {
    CAPTURE(refusal.dump());
    OldClient client(home, form);
    client.say(client.question(), refusal);
    const json answer = client.result();
    CHECK(answer["status"] == "input_required");
    CHECK(answer["task_id"].get<std::string>().size() == 32);
  }
}

TEST_CASE("what was spent before the question comes back with its answer") {
  const auto brought_back = [](const json& state, bool ask_person = true) {
    mcp::CallOrigin origin;
    origin.client = std::make_shared<const mcp::Client>();
    origin.state = mcp::Json::parse(state.dump());
    tools::Settings settings;
    settings.ask_person = ask_person;
    return tools::round_brought_back(settings, *std::make_shared<mcp::Call>(std::move(origin)));
  };
  const json state = {{"task_id", "t"}, {"round", 2}, {"spent", 500}};
  REQUIRE(brought_back(state));
  CHECK(brought_back(state)->number == 2);
  CHECK(brought_back(state)->spent == catalog::Money{500});
  CHECK_FALSE(brought_back(nullptr));
  CHECK_FALSE(brought_back(state, false));
}

TEST_CASE("nobody is asked unless the configuration says so and the client can") {
  const struct {
    bool configured;
    json capabilities;
  } cases[] = {{false, form}, {true, json::object()}, {true, {{"elicitation", {{"url", {}}}}}}};
  for (const auto& one : cases) {
    const Home home(one.configured);
    OldClient client(home, one.capabilities);
    const json answer = client.result();
    CHECK(answer["status"] == "input_required");
    CHECK(client.program.others.empty());
  }
}

TEST_CASE(
    "a modern client calls again with the person's answer, and the agent is not called anew") {
  const Home home(true);
  Process program({"--sandbox"}, {{"HOME", home.folder.path()}});
  const json first = modern_call(program, 1);
  REQUIRE(first["resultType"] == "input_required");
  CHECK(first["inputRequests"]["answer-1"]["method"] == "elicitation/create");
  const json again = {{"requestState", first["requestState"]},
                      {"inputResponses", {{"answer-1", accepted("Ada Lovelace")}}}};
  const json done = modern_call(program, 2, again)["structuredContent"];
  CHECK(done["status"] == "completed");
  CHECK(done["text"].get<std::string>().find("Ada Lovelace") != std::string::npos);
  // The client lost the answer and calls once more: it is told, and nothing is sent.
  const json lost = modern_call(program, 3, again)["structuredContent"];
  CHECK(lost["status"] == "completed");
  CHECK(lost["task_id"].get<std::string>().size() == 32);
  program.send(tests::call_line(4, "get_task", json::object()));
  CHECK(program.reply(4)["result"]["structuredContent"]["tasks"].size() == 1);
}
