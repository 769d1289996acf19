// Cursor, which takes an entry as VS Code does, in another file. It has no command of its own for
// this.
#include "tools/clients/client.h"

namespace tools {
namespace {

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "", "/.cursor", "/mcp.json")};
}

}  // namespace

Client cursor() {
  Client client = vs_code();
  client.name = "cursor";
  client.also_named = {};
  client.title = "Cursor";
  client.program = "cursor";
  client.container = "mcpServers";
  client.files = files;
  client.look = "Settings, MCP";
  return client;
}

}  // namespace tools
