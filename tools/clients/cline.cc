// Cline shows its model 8,000 characters of an answer, counted as JSON with its escapes. It puts no
// variable of the environment into an entry, and its own command cannot set the time that a call
// may take: its file is edited, and the key comes from the environment that it was started in, or
// from a file.
#include "tools/clients/client.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr int patience_seconds = 120;
constexpr std::int64_t result_bytes = 6000;

std::vector<std::string> files(const Environment& environment) {
  return {below(environment, "CLINE_DIR", "/.cline", "/data/settings/cline_mcp_settings.json"),
          vs_code_folder(environment) +
              "/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"};
}

OrderedJson launch(const Launch& launch) {
  return {{"command", launch.program}, {"args", options_with(launch, result_bytes)}};
}

OrderedJson settings(const Launch&) { return {{"timeout", patience_seconds}, {"disabled", false}}; }

}  // namespace

Client cline() {
  return {"cline",
          {},
          "Cline",
          "cline",
          FileKind::json,
          "mcpServers",
          files,
          launch,
          settings,
          nullptr,
          "cline config mcp",
          "Where it is started without OPENROUTER_API_KEY, `patchbay login` keeps the key in a "
          "file."};
}

}  // namespace tools
