// The agents of the sandbox: "sandbox-writer" speaks A2A 1.0 and writes for about half a second,
// "sandbox-clerk" speaks 0.3 and asks one question first, "sandbox-editor" takes a text file, asks
// for a title and gives the file back with it. Each has its card at
// /agents/<slug>/.well-known/agent-card.json and JSON-RPC at /agents/<slug>/rpc. Called by the
// threads of all connections.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/sandbox/sandbox_server.h"

namespace tools {

class SandboxAgent;

class SandboxAgents {
 public:
  // What they have asked is kept in the folder; "": in memory alone.
  explicit SandboxAgents(const std::string& folder);
  ~SandboxAgents();

  std::vector<std::string> slugs() const;
  // Any request below "/agents/".
  SandboxReply answer(const SandboxRequest& request);

 private:
  std::vector<std::unique_ptr<SandboxAgent>> agents_;  // outlive the streams: the server ends first
};

}  // namespace tools
