#include "tools/keys/key_file.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "catalog/files/private_folder.h"
#include "catalog/files/whole_file.h"
#include "tools/private_file.h"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_key = 4096;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw std::runtime_error(fmt::format("{} {}", path, why));
}

void check_place(const std::string& folder, const std::vector<std::string>& workspaces) {
  const fs::path real = fs::weakly_canonical(folder);
  for (const std::string& workspace : workspaces) {
    const fs::path root = fs::weakly_canonical(workspace);
    const auto [rest, unused] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
    if (rest == root.end()) {
      refuse(folder, "is in the workspace, where agents read; keep the key elsewhere");
    }
  }
}

}  // namespace

std::string_view key_problem(std::string_view text) {
  if (text.empty()) return "the key is empty";
  if (text.size() > longest_key) return "the key is longer than 4096 bytes";
  const bool visible =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  const bool whole = text.front() != ' ' && text.back() != ' ';
  return visible && whole ? "" : "the key is not one line of visible ASCII characters";
}

std::string checked_key(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (const std::string_view problem = key_problem(text); !problem.empty()) {
    throw std::runtime_error(std::string(problem));
  }
  return text;
}

std::optional<std::string> read_key_file(const std::string& path,
                                         const std::vector<std::string>& workspaces) {
  auto text = read_private_file(path, Privacy::read_by_nobody_else, longest_key + 2);
  if (!text) return std::nullopt;
  check_place(fs::path(path).parent_path().string(), workspaces);
  try {
    return checked_key(*std::move(text));
  } catch (const std::runtime_error& problem) {
    refuse(path, fmt::format("holds no key: {}", problem.what()));
  }
}

void write_key_file(const std::string& path, const std::string& key) {
  const std::string problem = catalog::make_private_folder(fs::path(path).parent_path().string());
  if (!problem.empty()) {
    throw std::runtime_error(fmt::format("the folder for keys could not be made: {}", problem));
  }
  const int why = catalog::replace_file(path, {key, "\n"}, catalog::Durable::yes);
  if (why != 0) refuse(path, ::strerror(why));
}

}  // namespace tools
