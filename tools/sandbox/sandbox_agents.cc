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

json editor_card(const std::string& rpc_url) {
  json card = card_without_interface(
      "Sandbox Editor",
      "Takes a text file, asks which title it shall have, and returns it as a Markdown file. An "
      "agent of the sandbox, not a real one.",
      skill("edit", "Edit", "Puts a title on a text file and counts its lines.",
            "Edit the attached notes"));
  card["defaultOutputModes"] = json::array({"text/plain", "text/markdown"});
  card["supportedInterfaces"] =
      json::array({{{"url", rpc_url}, {"protocolBinding", "JSONRPC"}, {"protocolVersion", "1.0"}}});
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

// First the question, which also takes a file that was forgotten; then the file.
void edit(SandboxTask& task) {
  const SandboxFile* file = task.given();
  if (task.history.size() == 1) {
    task.question =
        file == nullptr
            ? "sandbox-editor asks: which file? Send it, and its title as the text."
            : fmt::format("sandbox-editor asks: which title shall {} have?", file->name);
    return;
  }
  task.question.clear();
  if (file == nullptr) {
    task.chunks = {"sandbox-editor has nothing to edit: no file came."};
    return;
  }
  const auto lines = std::count(file->bytes.begin(), file->bytes.end(), '\n');
  task.chunks = {fmt::format("sandbox-editor put a title on {}: {} lines.", file->name, lines)};
  task.made = {"edited.md", "text/markdown",
               fmt::format("# {}\n\n{}", task.history.back().text, file->bytes)};
}

}  // namespace

SandboxAgents::SandboxAgents(const std::string& folder) {
  const auto add = [&](const char* slug, SandboxA2a version, SandboxAgent::Card card,
                       SandboxAgent::Work work) {
    agents_.push_back(std::make_unique<SandboxAgent>(slug, version, card, work, folder));
  };
  add("sandbox-writer", SandboxA2a::v1_0, writer_card, write_draft);
  add("sandbox-clerk", SandboxA2a::v0_3, clerk_card, fill_in_form);
  add("sandbox-editor", SandboxA2a::v1_0, editor_card, edit);
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
