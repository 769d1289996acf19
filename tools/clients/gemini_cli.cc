// Gemini CLI takes variables away whose names look like a key's, unless the entry names them.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr int patience_ms = 600'000;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "", "/.gemini", "/settings.json")};
}

OrderedJson launch(const Launch& launch) {
  return {{"command", launch.program}, {"args", launch.options}};
}

OrderedJson settings(const Launch& launch) {
  return {{"env", references(launch, "$", "")}, {"timeout", patience_ms}};
}

std::vector<std::string> add_command(const Launch& launch, const OrderedJson& entry) {
  return add_command_of_gemini("gemini", launch, entry);
}

}  // namespace

std::vector<std::string> add_command_of_gemini(const char* program, const Launch& launch,
                                               const mcp::OrderedJson& entry) {
  std::vector<std::string> command = {
      program, "mcp", "add", "--scope", "user", "--timeout", entry["timeout"].dump()};
  for (const auto& [name, value] : entry["env"].items()) {
    command.insert(command.end(), {"-e", name + "=" + value.get<std::string>()});
  }
  command.insert(command.end(), {"patchbay", launch.program});
  command.insert(command.end(), launch.options.begin(), launch.options.end());
  return command;
}

Client gemini_cli() {
  return {"gemini",
          {"gemini-cli"},
          "Gemini CLI",
          "gemini",
          FileKind::json,
          "mcpServers",
          files,
          launch,
          settings,
          add_command,
          "gemini mcp list",
          "It starts servers in folders that you trust only."};
}

}  // namespace tools
