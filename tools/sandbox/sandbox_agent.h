// One agent of the sandbox: JSON-RPC over HTTP (A2A 1.0 section 9, 0.3 section 7), whatever it is
// that it does with a task. Called by the threads of all connections.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "nlohmann/json_fwd.hpp"
#include "tools/sandbox/sandbox_server.h"
#include "tools/sandbox/sandbox_tasks.h"

namespace tools {

class SandboxAgent {
 public:
  // The card for the agent when its JSON-RPC is at that url.
  using Card = nlohmann::json (*)(const std::string& rpc_url);
  // Goes on with a task after a message, the last of its history: sets a question, or the chunks.
  using Work = void (*)(SandboxTask& task);

  // `folder`: for tasks that wait for an answer; "": they are kept in memory alone.
  SandboxAgent(std::string slug, SandboxA2a version, Card describe, Work work,
               const std::string& folder);

  const std::string& slug() const { return slug_; }
  nlohmann::json card(const std::string& rpc_url) const;
  // A JSON-RPC request. Streams in its reply refer to this agent.
  SandboxReply call(const SandboxRequest& request);

 private:
  struct Failure {
    int code;  // A2A 1.0 section 5.4
    std::string message;
  };
  using Found = std::variant<SandboxTask, Failure>;
  struct Method;
  static const Method* method(SandboxA2a version, std::string_view name);

  SandboxReply send(const nlohmann::json& id, const nlohmann::json& params);
  SandboxReply send_streaming(const nlohmann::json& id, const nlohmann::json& params);
  SandboxReply find(const nlohmann::json& id, const nlohmann::json& params);
  SandboxReply cancel(const nlohmann::json& id, const nlohmann::json& params);
  SandboxReply subscribe(const nlohmann::json& id, const nlohmann::json& params);

  Found accepted(const nlohmann::json& params);  // the message, in a new task or an old one
  Found continued(SandboxTask task, std::string_view context_id, SandboxTurn turn);
  Found existing(const nlohmann::json& task_id) const;

  bool send_when_at_rest(SandboxStream& out, const nlohmann::json& id, SandboxTask task) const;
  SandboxReply streamed(const nlohmann::json& id, const SandboxTask& task, SandboxTaskState state,
                        std::size_t chunks) const;
  bool stream(SandboxStream& out, const nlohmann::json& id, SandboxTask task,
              std::size_t chunks) const;

  std::string result(const nlohmann::json& id, nlohmann::json value) const;
  SandboxReply task_reply(const nlohmann::json& id, const SandboxTask& task, bool wrapped) const;
  SandboxReply failed(const nlohmann::json& id, const Failure& failure) const;

  const std::string slug_;
  const SandboxA2a version_;
  const Card card_;
  const Work work_;
  SandboxTasks tasks_;
};

}  // namespace tools
