// An agent that follows a script, method by method, for the tests of what becomes of tasks.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalog/agents/agent_task.h"
#include "tests/catalog/a2a_rig.h"

namespace tests {

using nlohmann::json;

inline json task(const char* state, const char* made = nullptr, const char* said = nullptr) {
  json out = {{"id", "t-1"}, {"contextId", "c-1"}, {"status", {{"state", state}}}};
  if (made != nullptr) {
    out["artifacts"] = {{{"artifactId", "a"}, {"parts", {{{"text", made}}}}}};
  }
  if (said != nullptr) {
    out["status"]["message"] = {{"role", "ROLE_AGENT"}, {"parts", {{{"text", said}}}}};
  }
  return out;
}

inline std::string result(const json& value) {
  return json{{"jsonrpc", "2.0"}, {"id", 1}, {"result", value}}.dump();
}

inline std::string error(int code) {
  return json{{"jsonrpc", "2.0"}, {"id", 1}, {"error", {{"code", code}, {"message", "said"}}}}
      .dump();
}

inline std::string event(const json& value) { return "data: " + result(value) + "\n\n"; }

inline json piece(const char* text) {
  return {{"artifactUpdate",
           {{"taskId", "t-1"},
            {"append", true},
            {"artifact", {{"artifactId", "a"}, {"parts", {{{"text", text}}}}}}}}};
}

inline json status(const char* state) {
  return {{"statusUpdate", {{"taskId", "t-1"}, {"status", {{"state", state}}}}}};
}

// An agent that answers each method in its turn; what is not written down fails the test.
struct ScriptedAgent {
  using Reply = std::function<void(Wire&)>;

  ScriptedAgent()
      : upstream([this](const UpstreamRequest& request, Wire& wire) { serve(request, wire); }) {}

  void serve(const UpstreamRequest& request, Wire& wire) {
    const std::string method = json::parse(request.body).at("method");
    Reply reply;
    {
      const std::lock_guard lock(mutex);
      auto& queue = replies[method];
      if (!queue.empty()) {
        reply = queue.front();
        if (queue.size() > 1) queue.erase(queue.begin());  // the last one stays
      }
    }
    if (reply) return reply(wire);
    wire.reply(200, "application/json", error(-32601));
  }
  void on(const std::string& method, Reply reply) { replies[method].push_back(std::move(reply)); }
  void on(const std::string& method, const std::string& document) {
    on(method, [document](Wire& wire) { wire.reply(200, "application/json", document); });
  }
  // A stream that ends well, or breaks.
  void stream(const std::string& method, const std::string& events, bool breaks = false) {
    on(method, [events, breaks](Wire& wire) {
      wire.begin_chunks(200, "text/event-stream");
      wire.chunk(events);
      if (breaks) return wire.hang_up();
      wire.last_chunk();
    });
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> methods;
    for (const auto& request : upstream.requests()) {
      methods.push_back(json::parse(request.body).at("method"));
    }
    return methods;
  }

  std::mutex mutex;  // guards replies
  std::map<std::string, std::vector<Reply>> replies;
  Upstream upstream;
};

inline catalog::AgentTask known_task(const ScriptedAgent& agent) {
  catalog::AgentTask out;
  out.directory = "local";
  out.slug = "a";
  out.endpoint = agent.upstream.url() + "/rpc";
  out.binding = "JSONRPC";
  out.version = "1.0";
  out.task_id = "t-1";
  out.context_id = "c-1";
  out.route = "direct";
  return out;
}

inline catalog::A2aCall call_for(const A2aCaller& caller, const catalog::AgentTask& task) {
  return catalog::call_of_task(caller.call, task);
}

using Methods = std::vector<std::string>;

}  // namespace tests
