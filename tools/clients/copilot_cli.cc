// GitHub Copilot CLI shows its model 20,480 bytes of an answer, text and structured content
// together.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr int patience_ms = 60'000;  // progress extends it
constexpr std::int64_t result_bytes = 6000;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "COPILOT_HOME", "/.copilot", "/mcp-config.json")};
}

OrderedJson launch(const Launch& launch) {
  return {
      {"type", "local"}, {"command", launch.program}, {"args", options_with(launch, result_bytes)}};
}

OrderedJson settings(const Launch& launch) {
  return {{"env", references(launch, "${", "}")}, {"tools", {"*"}}, {"timeout", patience_ms}};
}

std::vector<std::string> add_command(const Launch& launch, const OrderedJson& entry) {
  std::vector<std::string> command = {"copilot",  "mcp",       "add",
                                      "patchbay", "--timeout", std::to_string(patience_ms)};
  for (const auto& [name, value] : entry["env"].items()) {
    command.insert(command.end(), {"--env", name + "=" + value.get<std::string>()});
  }
  command.insert(command.end(), {"--", launch.program});
  const std::vector<std::string> options = options_with(launch, result_bytes);
  command.insert(command.end(), options.begin(), options.end());
  return command;
}

}  // namespace

Client copilot_cli() {
  return {"copilot", {"copilot-cli"}, "Copilot CLI", "copilot",   FileKind::json,     "mcpServers",
          files,     launch,          settings,      add_command, "copilot mcp list", ""};
}

}  // namespace tools
