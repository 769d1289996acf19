#include "tools/sandbox/sandbox_agents.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/sandbox/sandbox_agent.h"

namespace tools {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

json skill(std::string_view id, std::string_view name, std::string_view description,
           std::string_view example) {
  return {{"id", id},
          {"name", name},
          {"description", description},
          {"tags", {"sandbox", "demonstration"}},
          {"examples", json::array({example})}};
}

json card_without_interface(std::string_view name, std::string_view description, json skill) {
  return {{"name", name},
          {"description", description},
          {"version", "1.0.0"},
          {"capabilities", {{"streaming", true}, {"pushNotifications", false}}},
          {"defaultInputModes", json::array({"text/plain"})},
          {"defaultOutputModes", json::array({"text/plain"})},
          {"skills", json::array({std::move(skill)})}};
}

json writer_card(const std::string& rpc_url) {
  json card = card_without_interface(
      "Sandbox Writer",
      "Writes the same short draft about whatever it is given. An agent of the sandbox, not a real "
      "one.",
      skill("draft", "Draft", "Writes a draft in pieces, in about half a second.",
            "Write a note about loopback addresses"));
  card["supportedInterfaces"] =
      json::array({{{"url", rpc_url}, {"protocolBinding", "JSONRPC"}, {"protocolVersion", "1.0"}}});
  return card;
}

json clerk_card(const std::string& rpc_url) {
  json card = card_without_interface(
      "Sandbox Clerk",
      "Asks one question, then fills in a form with the answer. An agent of the sandbox, not a "
      "real "
      "one.",
      skill("form", "Form", "Fills in a form after asking for a name.", "Fill in the form for me"));
  card["protocolVersion"] = "0.3.0";
  card["url"] = rpc_url;
  card["preferredTransport"] = "JSONRPC";
  return card;
}

// The goal is the only thing in the draft that changes.
void write_draft(SandboxTask& task) {
  task.pace = milliseconds(50);
  task.chunks = {"A draft by sandbox-writer.\n\n",
                 "You asked for: ",
                 task.history.back().text,
                 "\n\n",
                 "This is the first sentence of the draft. ",
                 "This is the second one. ",
                 "It says nothing, ",
                 "because this is the sandbox."};
}

// First the question, then the form.
void fill_in_form(SandboxTask& task) {
  if (task.history.size() == 1) {
    task.question = "sandbox-clerk asks: which name shall be put on the form?";
    return;
  }
  task.question.clear();
  task.chunks = {"Form of the sandbox. ",
                 fmt::format("Wanted: \"{}\". ", task.history.front().text),
                 fmt::format("Name: \"{}\".", task.history.back().text)};
}

}  // namespace

SandboxAgents::SandboxAgents() {
  agents_.push_back(
      std::make_unique<SandboxAgent>("sandbox-writer", SandboxA2a::v1_0, writer_card, write_draft));
  agents_.push_back(
      std::make_unique<SandboxAgent>("sandbox-clerk", SandboxA2a::v0_3, clerk_card, fill_in_form));
}

SandboxAgents::~SandboxAgents() = default;

std::vector<std::string> SandboxAgents::slugs() const {
  std::vector<std::string> slugs;
  for (const auto& agent : agents_) slugs.push_back(agent->slug());
  return slugs;
}

SandboxReply SandboxAgents::answer(const SandboxRequest& request) {
  for (const auto& agent : agents_) {
    const std::string root = fmt::format("/agents/{}", agent->slug());
    if (request.method == "GET" && request.path == root + "/.well-known/agent-card.json") {
      return json_reply(200, agent->card(request.origin + root + "/rpc"));
    }
    if (request.method == "POST" && request.path == root + "/rpc") return agent->call(request);
  }
  return json_reply(404, {{"error", "the sandbox has nothing here"}});
}

}  // namespace tools
