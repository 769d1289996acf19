// VS Code. `code --add-mcp` hands the wish to a window that runs and says nothing of what became of
// it, so its file is edited.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

std::vector<std::string> files(const Environment& environment) {
  return {vs_code_folder(environment) + "/mcp.json"};
}

OrderedJson launch(const Launch& launch) {
  return {{"type", "stdio"}, {"command", launch.program}, {"args", launch.options}};
}

OrderedJson settings(const Launch& launch) { return {{"env", references(launch, "${env:", "}")}}; }

}  // namespace

std::string vs_code_folder(const Environment& environment) {
#ifdef __APPLE__
  return below(environment, "", "/Library/Application Support", "/Code/User");
#else
  return below(environment, "XDG_CONFIG_HOME", "/.config", "/Code/User");
#endif
}

Client vs_code() {
  return {"vscode",
          {"vs-code", "code"},
          "VS Code",
          "code",
          FileKind::json,
          "servers",
          files,
          launch,
          settings,
          nullptr,
          "MCP: List Servers",
          "Started from the desktop it may not see your shell's variables: then `patchbay login` "
          "keeps\nthe key in a file."};
}

}  // namespace tools
