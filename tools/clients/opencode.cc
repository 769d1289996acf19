// opencode. Its own command cannot set the time that a call may take, so its file is edited.
#include <filesystem>

#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr int patience_ms = 60'000;  // for the start and for a call, which progress extends

std::vector<std::string> files(const Environment& environment) {
  const std::string folder = below(environment, "XDG_CONFIG_HOME", "/.config", "/opencode");
  return {folder + "/opencode.jsonc", folder + "/opencode.json"};
}

OrderedJson launch(const Launch& launch) {
  std::vector<std::string> command = {launch.program};
  command.insert(command.end(), launch.options.begin(), launch.options.end());
  return {{"type", "local"}, {"command", command}};
}

OrderedJson settings(const Launch& launch) {
  return {{"environment", references(launch, "{env:", "}")}, {"timeout", patience_ms}};
}

}  // namespace

Client opencode() {
  return {"opencode", {},     "opencode", "opencode", FileKind::json,      "mcp",
          files,      launch, settings,   nullptr,    "opencode mcp list", ""};
}

}  // namespace tools
