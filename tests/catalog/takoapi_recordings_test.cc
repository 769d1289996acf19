// Every recorded reply of the stand-in for TakoAPI, replayed over a socket: what it is to a caller.
#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "tests/build.h"
#include "tests/catalog/takoapi_rig.h"

using namespace catalog;
using tests::Tako;

namespace {

struct Case {
  const char* recorded;
  const char* what;  // how it ended, or the kind of the error
  const char* text;  // how the answer, or what was said of the error, begins
};

// What a call to the agent "a" comes to.
std::string called(Directory& directory, const char* text) {
  try {
    const Answer answer = tests::ask(directory, "a").answer;
    CHECK(answer.text.substr(0, std::string_view(text).size()) == text);
    return answer.finish_reason;
  } catch (const UpstreamError& error) {
    CHECK(error.provider_message.substr(0, std::string_view(text).size()) == text);
    return std::string(name(error.kind));
  }
}

const Case through_gateway[] = {
    {"message-401", "unauthorized", "Invalid or missing API key"},
    {"message-402", "out_of_credit", "Insufficient credit"},
    {"message-404", "not_found", "Agent not found"},
    {"message-429", "rate_limited", "Too many requests"},
    {"message-adk", "completed", "adk echo: hi"},
    {"message-ask", "input-required", "Which city?"},
    {"message-ask-answer", "completed", "you answered: Paris"},
    {"message-compat", "completed", "echo: echo hi"},
    {"message-dead", "unavailable", "Agent unreachable"},
    {"message-empty-400", "invalid_arguments", "Empty message: Send"},
    {"message-html", "unavailable", "Agent unreachable"},
    {"message-only-10", "unsupported", ""},
    {"message-project-400", "unsupported", "This agent is an open-source project"},
    {"message-role-user-10-400", "invalid_arguments", "Invalid request body: message"},
    {"stream-full-message-ignored", "completed", "echo: "},
    {"stream-json-in-sse", "unsupported", ""},
    {"stream-ok", "completed", "chunk 1"},
};

const Case over_chat[] = {
    {"chat-404", "invalid_arguments", "Unknown agent 'none'"},
    {"chat-adk-stream-duplicates", "stop", "chunk 1; chunk 2; chunk 3; "},
    {"chat-send", "stop", "chunk 1/3; chunk 2/3; chunk 3/3; "},
    {"chat-stream", "stop", "working on it"},
    {"chat-upstream-error", "unavailable", "Agent returned an error"},
};

// The lookups: how many agents are found, or the kind of the error.
const Case lookups[] = {
    {"agent-404", "not_found", ""},   {"agent-detail", "real-03", ""},
    {"registry-hosted", "7", ""},     {"registry-json", "3 and more", ""},
    {"registry-md", "malformed", ""},
};

std::string looked_up(Tako& tako, const std::string& recorded) try {
  const auto directory = tako.directory("");
  if (recorded.starts_with("agent")) {
    tako.replay("/api/agents/real-03", recorded);
    return directory->agent("real-03", {}).agent.slug;
  }
  tako.replay("/api/registry", recorded);
  const AgentMatches found = directory->agents({}, {});
  return fmt::format("{}{}", found.agents.size(), found.list->truncated ? " and more" : "");
} catch (const UpstreamError& error) {
  return std::string(name(error.kind));
}

}  // namespace

TEST_CASE("every recorded reply of the directory and its gateway is read as what it is") {
  std::set<std::string> read;
  for (const Case& one : through_gateway) {
    CAPTURE(std::string(one.recorded));
    Tako tako;
    const bool stream = std::string_view(one.recorded).starts_with("stream");
    tako.list({tests::row("a", {{"streaming", stream}})});
    tako.replay(stream ? "/v1/agents/a/stream" : "/v1/agents/a/message", one.recorded);
    const auto directory = tako.directory();
    directory->agents({}, {});
    CHECK(called(*directory, one.text) == std::string_view(one.what));
    read.insert(one.recorded);
  }
  for (const Case& one : over_chat) {
    CAPTURE(std::string(one.recorded));
    Tako tako;
    tako.replay("/v1/chat/completions", one.recorded);
    DirectorySettings settings;
    settings.name = "shim";
    settings.base_url = tako.upstream.url() + "/v1";
    settings.agents = {"a"};
    const auto directory = make_openai_agents(settings, tako.transfers);
    CHECK(called(*directory, one.text) == std::string_view(one.what));
    read.insert(one.recorded);
  }
  for (const Case& one : lookups) {
    CAPTURE(std::string(one.recorded));
    Tako tako;
    CHECK(looked_up(tako, one.recorded) == std::string_view(one.what));
    read.insert(one.recorded);
  }
  const std::string folder = std::string(tests::build::tests_folder) + "/golden/takoapi";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CHECK_MESSAGE(read.count(entry.path().stem()) == 1, entry.path().stem().string());
  }
}
