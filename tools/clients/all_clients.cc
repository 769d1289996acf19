#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tools/clients/client.h"

namespace tools {

std::vector<Client> all_clients() {
  return {claude_code(), codex(),  opencode(), gemini_cli(), copilot_cli(),
          vs_code(),     cursor(), cline(),    qwen_code()};
}

Client client_named(const std::string& name) {
  std::vector<std::string> names;
  for (Client& each : all_clients()) {
    const auto& others = each.also_named;
    if (name == each.name || std::find(others.begin(), others.end(), name) != others.end()) {
      return each;
    }
    names.emplace_back(each.name);
  }
  throw std::runtime_error(fmt::format("\"{}\" is no client that is known here; there are: {}",
                                       name, fmt::join(names, ", ")));
}

mcp::OrderedJson whole_entry(const Client& client, const Launch& launch) {
  mcp::OrderedJson entry = client.launch(launch);
  entry.update(client.settings(launch));
  return entry;
}

std::vector<std::string> options_with(const Launch& launch, std::int64_t result_bytes) {
  std::vector<std::string> options = launch.options;
  options.emplace_back("--result-bytes");
  options.push_back(std::to_string(result_bytes));
  return options;
}

mcp::OrderedJson references(const Launch& launch, const std::string& before,
                            const std::string& after) {
  mcp::OrderedJson values = mcp::OrderedJson::object();
  for (const std::string& name : launch.keys) {
    std::string value = before;
    value += name;
    value += after;
    values[name] = value;
  }
  return values;
}

std::string below(const Environment& environment, const char* variable, const char* usual,
                  const char* file) {
  if (const auto folder = environment(variable)) return *folder + file;
  if (const auto home = environment("HOME")) return *home + usual + file;
  return {};
}

}  // namespace tools
