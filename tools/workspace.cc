#include "tools/workspace.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "catalog/errors.h"

namespace tools {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto patience_for_roots = 1s;  // some clients never answer

[[noreturn]] void refuse(std::string_view why) {
  throw catalog::Refused(
      catalog::Kind::path_denied, fmt::format("there is no workspace for files: {}", why),
      "The user must start this server with --workspace FOLDER; or put the text into the prompt.");
}

fs::path really(const fs::path& path) {
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(path, failed);
  return failed ? path : real;
}

// Confining anything to all there is would be no confinement.
bool too_much(const Program& program, const fs::path& folder) {
  const fs::path real = really(folder);
  const std::string& home = program.settings().home;
  return real == real.root_path() || (!home.empty() && real == really(home));
}

// The first one, which is where the client works.
std::string first_root(mcp::Call& call) {
  const auto answer = call.ask_within(mcp::ask_roots(), patience_for_roots);
  if (!answer || (*answer)["roots"].empty()) return {};
  const mcp::Json& root = (*answer)["roots"][0];
  if (!root.is_object() || !root.contains("uri") || !root["uri"].is_string()) return {};
  return path_of_uri(root["uri"].get<std::string>()).value_or("");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

}  // namespace

std::optional<std::string> path_of_uri(std::string_view uri) {
  constexpr std::string_view scheme = "file://";
  if (!uri.starts_with(scheme)) return std::nullopt;
  uri.remove_prefix(scheme.size());
  constexpr std::string_view here = "localhost";
  if (uri.starts_with(here)) uri.remove_prefix(here.size());
  if (!uri.starts_with('/')) return std::nullopt;  // another host's
  return percent_decoded(uri);
}

std::string workspace_for(const Program& program, mcp::Call& call) {
  const Settings& settings = program.settings();
  if (!settings.workspace.empty()) return settings.workspace;
  if (program.serves_others()) refuse("over HTTP there is one only with --workspace");
  const auto fits = [&](const std::string& folder) {
    return folder.starts_with('/') && !too_much(program, folder);
  };
  if (fits(settings.project_folder)) return settings.project_folder;
  if (const std::string root = first_root(call); fits(root)) return root;
  std::error_code failed;
  const std::string current = fs::current_path(failed);
  if (failed) refuse("the folder this server was started in is gone");
  if (!fits(current)) refuse(fmt::format("this server was started in {}", current));
  return current;
}

}  // namespace tools
