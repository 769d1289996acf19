// A tool call as a client of 2026-07-28 sends it that can ask a person by a form.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tests {

// `more` stands beside the arguments: what an earlier round asked for and brought back.
inline std::string modern_call_line(const nlohmann::json& id, const std::string& tool,
                                    const nlohmann::json& arguments, const nlohmann::json& more) {
  using nlohmann::json;
  json params = {
      {"name", tool},
      {"arguments", arguments},
      {"_meta",
       {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
        {"io.modelcontextprotocol/clientCapabilities", {{"elicitation", json::object()}}}}}};
  params.update(more);
  return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", "tools/call"}, {"params", params}}.dump();
}

}  // namespace tests
