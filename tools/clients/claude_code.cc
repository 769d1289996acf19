// Claude Code hands its whole environment on, unless it was told to scrub it: then only what is
// named. A reference with an empty default is not complained about where the variable is not set.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "CLAUDE_CONFIG_DIR", "", "/.claude.json")};
}

OrderedJson launch(const Launch& launch) {
  return {{"type", "stdio"}, {"command", launch.program}, {"args", launch.options}};
}

OrderedJson settings(const Launch& launch) { return {{"env", references(launch, "${", ":-}")}}; }

std::vector<std::string> add_command(const Launch&, const OrderedJson& entry) {
  return {"claude", "mcp", "add-json", "--scope", "user", "patchbay", entry.dump()};
}

}  // namespace

Client claude_code() {
  return {"claude-code", {"claude"}, "Claude Code", "claude",    FileKind::json,    "mcpServers",
          files,         launch,     settings,      add_command, "claude mcp list", ""};
}

}  // namespace tools
