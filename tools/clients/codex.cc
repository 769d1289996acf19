// Codex hands on only the variables that are named, and without an approval of its own it runs none
// of the tools that spend money. `codex mcp add` can say neither, so its file is edited.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "CODEX_HOME", "/.codex", "/config.toml")};
}

OrderedJson launch(const Launch& launch) {
  return {{"command", launch.program}, {"args", launch.options}};
}

OrderedJson settings(const Launch& launch) {
  std::vector<std::string> names = launch.keys;
  names.insert(names.end(), launch.others.begin(), launch.others.end());
  return {{"env_vars", names},
          {"default_tools_approval_mode", "approve"},
          {"supports_parallel_tool_calls", true}};
}

}  // namespace

Client codex() {
  return {"codex", {},     "Codex",  "codex", FileKind::toml,   "mcp_servers",
          files,   launch, settings, nullptr, "codex mcp list", ""};
}

}  // namespace tools
