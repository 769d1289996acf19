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
  return add_command_of_gemini("qwen", launch, entry);
}

}  // namespace

Client qwen_code() {
  return {"qwen",      {"qwen-code"},   "Qwen Code",
          "qwen",      FileKind::json,  "mcpServers",
          files,       launch,          settings,
          add_command, "qwen mcp list", "It starts servers in folders that you trust only."};
}

}  // namespace tools
