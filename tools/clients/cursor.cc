// Cursor has no command of its own for this.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "", "/.cursor", "/mcp.json")};
}

OrderedJson launch(const Launch& launch) {
  return {{"type", "stdio"}, {"command", launch.program}, {"args", launch.options}};
}

OrderedJson settings(const Launch& launch) { return {{"env", references(launch, "${env:", "}")}}; }

}  // namespace

Client cursor() {
  return {"cursor",
          {},
          "Cursor",
          "cursor",
          FileKind::json,
          "mcpServers",
          files,
          launch,
          settings,
          nullptr,
          "Settings, MCP",
          "Started from the desktop it may not see your shell's variables: then `patchbay login` "
          "keeps\nthe key in a file."};
}

}  // namespace tools
