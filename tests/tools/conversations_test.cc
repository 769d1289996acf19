// Conversations with agents, gone on with under an id of ours.
#include "mcp/errors.h"
#include "tests/tools/agent_rig.h"

using nlohmann::json;
using tests::AgentRig;
using tests::agents_task;
using tests::ToolRig;

namespace {

// An agent that starts a conversation where none is named.
json chatty(const std::string&, const json& params) {
  const std::string context = params["message"].value("contextId", "its/own id");
  return {{"task", agents_task("TASK_STATE_COMPLETED", "yes?", context.c_str())}};
}

std::string context_sent(const AgentRig& agent) {
  return agent.asked("SendMessage").back()["message"].value("contextId", "");
}

}  // namespace

TEST_CASE("an agent's conversation goes on under its id, also after a restart") {
  const AgentRig agent(chatty);
  const tests::Folder state;
  std::string id;
  {
    ToolRig program = agent.program(state.path());
    const json first = program.ok("invoke", {{"target", "agent:local/a"}, {"prompt", "hi"}});
    CHECK(context_sent(agent).empty());
    id = first["conversation"];
    CHECK(id.size() == 32);
    const json second = program.ok("invoke", {{"conversation", id}, {"prompt", "and then?"}});
    CHECK(context_sent(agent) == "its/own id");
    CHECK(second["conversation"] == id);
    CHECK(program.run("invoke", {{"conversation", id}, {"prompt", "?"}})
              .text.find("[conversation " + id + "]") != std::string::npos);
  }
  ToolRig later = agent.program(state.path());
  later.ok("invoke",
           {{"target", "agent:local/a"}, {"conversation", id}, {"prompt", "still there?"}});
  CHECK(context_sent(agent) == "its/own id");
  later.ok("invoke", {{"target", "agent:local/a"}, {"prompt", "a new one"}});
  CHECK(context_sent(agent).empty());
}

TEST_CASE("a conversation is with one agent, and must be there") {
  const AgentRig agent(chatty);
  ToolRig program = agent.program();
  const json id =
      program.ok("invoke", {{"target", "agent:local/a"}, {"prompt", "hi"}})["conversation"];
  const auto sent = agent.asked("SendMessage").size();
  for (const char* other : {"agent:local/b", "agent:x", "openai/gpt-5"}) {
    CAPTURE(other);
    const std::string text =
        program.failure("invoke", {{"target", other}, {"conversation", id}, {"prompt", "hi"}});
    CHECK(text.rfind("invalid_arguments:", 0) == 0);
    CHECK(text.find("agent:local/a") != std::string::npos);
  }
  for (const char* unknown : {"", "nothing", "0123456789abcdef0123456789abcdef"}) {
    CHECK(program.failure("invoke", {{"conversation", unknown}, {"prompt", "hi"}})
              .rfind("not_found:", 0) == 0);
  }
  CHECK_THROWS_AS(program.run("invoke", {{"conversation", id}, {"task_id", "x"}, {"prompt", "hi"}}),
                  mcp::InvalidArguments);
  CHECK(agent.asked("SendMessage").size() == sent);
}

TEST_CASE("an agent that names no conversation has none to go on with") {
  const AgentRig agent([](const std::string&, const json&) -> json {
    return {
        {"message", {{"messageId", "m"}, {"role", "ROLE_AGENT"}, {"parts", {{{"text", "yes"}}}}}}};
  });
  ToolRig program = agent.program();
  const json answer = program.ok("invoke", {{"target", "agent:local/a"}, {"prompt", "hi"}});
  CHECK_FALSE(answer.contains("conversation"));
}
