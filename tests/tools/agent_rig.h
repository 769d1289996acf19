// An agent of A2A 1.0 on a socket, card and all, and the tools of a program that knows it as
// agent:local/a.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/tools/tool_rig.h"
#include "tests/upstream.h"

namespace tests {

// A task as the agent shows it.
inline json agents_task(const char* state, const char* text, const char* context = "c-1") {
  json task = {{"id", "t-1"}, {"contextId", context}, {"status", {{"state", state}}}};
  const json parts = {{{"text", text}}};
  if (std::string(state) == "TASK_STATE_COMPLETED") {
    task["artifacts"] = {{{"artifactId", "a"}, {"parts", parts}}};
  } else {
    task["status"]["message"] = {{"messageId", "m"}, {"role", "ROLE_AGENT"}, {"parts", parts}};
  }
  return task;
}

class AgentRig {
 public:
  // What the agent answers to a method and its params: a result, on the thread of its connection.
  using Answer = std::function<json(const std::string& method, const json& params)>;

  explicit AgentRig(Answer answer)
      : answer_(std::move(answer)),
        upstream([this](const UpstreamRequest& request, Wire& wire) { serve(request, wire); }) {}

  json config(const json& more = json::object()) const {
    json out = {{"agents", {{"a", {{"card", upstream.url()}}}, {"b", {{"card", upstream.url()}}}}}};
    out.update(more);
    return out;
  }
  // A program that knows the agent; with a home, it finds what an earlier one left there.
  ToolRig program(const std::string& home = "") const {
    std::map<std::string, std::string> environment = {{"TAKOAPI_BASE_URL", "http://127.0.0.1:9"}};
    if (!home.empty()) environment["XDG_STATE_HOME"] = home;
    return ToolRig(environment, config());
  }
  // The params of each call of that method.
  std::vector<json> asked(const std::string& method) const {
    std::vector<json> params;
    for (const auto& request : upstream.requests()) {
      if (request.method != "POST") continue;
      const json call = json::parse(request.body);
      if (call["method"] == method) params.push_back(call["params"]);
    }
    return params;
  }

 private:
  void serve(const UpstreamRequest& request, Wire& wire) {
    if (request.method != "POST") {
      const json card = {
          {"name", "A"},
          {"supportedInterfaces",
           {{{"url", "/rpc"}, {"protocolBinding", "JSONRPC"}, {"protocolVersion", "1.0"}}}}};
      wire.reply(200, "application/json", card.dump());
      return;
    }
    const json call = json::parse(request.body);
    const json result = answer_(call["method"], call["params"]);
    wire.reply(200, "application/json",
               json{{"jsonrpc", "2.0"}, {"id", call["id"]}, {"result", result}}.dump());
  }

  Answer answer_;

 public:
  Upstream upstream;
};

}  // namespace tests
