// Qwen Code, which is like Gemini CLI in all of this.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr int patience_ms = 600'000;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "", "/.qwen", "/settings.json")};
}

OrderedJson launch(const Launch& launch) {
  return {{"command", launch.program}, {"args", launch.options}};
}

OrderedJson settings(const Launch& launch) {
  return {{"env", references(launch, "$", "")}, {"timeout", patience_ms}};
}

std::vector<std::string> add_command(const Launch& launch, const OrderedJson& entry) {
  std::vector<std::string> command = {
      "qwen", "mcp", "add", "--scope", "user", "--timeout", std::to_string(patience_ms)};
  for (const auto& [name, value] : entry["env"].items()) {
    command.insert(command.end(), {"-e", name + "=" + value.get<std::string>()});
  }
  command.insert(command.end(), {"patchbay", launch.program});
  command.insert(command.end(), launch.options.begin(), launch.options.end());
  return command;
}

}  // namespace

Client qwen_code() {
  return {"qwen",      {"qwen-code"},   "Qwen Code",
          "qwen",      FileKind::json,  "mcpServers",
          files,       launch,          settings,
          add_command, "qwen mcp list", "It starts servers in folders that you trust only."};
}

}  // namespace tools
