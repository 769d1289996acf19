// Qwen Code, which descends from Gemini CLI and is like it but for its names.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "", "/.qwen", "/settings.json")};
}

std::vector<std::string> add_command(const Launch& launch, const OrderedJson& entry) {
  return add_command_of_gemini("qwen", launch, entry);
}

}  // namespace

Client qwen_code() {
  Client client = gemini_cli();
  client.name = "qwen";
  client.also_named = {"qwen-code"};
  client.title = "Qwen Code";
  client.program = "qwen";
  client.files = files;
  client.add_command = add_command;
  client.look = "qwen mcp list";
  return client;
}

}  // namespace tools
