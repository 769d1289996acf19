#include "tools/keys/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>

#include "catalog/files/descriptor.h"
#include "catalog/files/whole_file.h"

namespace tools {
namespace {

namespace fs = std::filesystem;
using catalog::Descriptor;

constexpr std::size_t longest_key = 4096;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw std::runtime_error(fmt::format("{} {}", path, why));
}

bool is_missing(int error) { return error == ENOENT || error == ENOTDIR; }

void check_folder(int fd, const std::string& folder) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) refuse(folder, ::strerror(errno));
  const bool trusted = about.st_uid == ::geteuid() || about.st_uid == 0;
  if (!trusted || (about.st_mode & 022) != 0) {
    refuse(folder, "can be written by others, so no key is read from it; run: chmod go-w on it");
  }
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

void check_file(int fd, const std::string& path) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) refuse(path, ::strerror(errno));
  if (!S_ISREG(about.st_mode)) refuse(path, "is not a regular file");
  if (about.st_uid != ::geteuid()) refuse(path, "belongs to somebody else");
  if ((about.st_mode & 077) != 0) refuse(path, "can be read by others; run: chmod 600 on it");
}

std::string read_start(int fd, const std::string& path) {
  std::string text(longest_key + 2, '\0');
  const ssize_t count = ::read(fd, text.data(), text.size());
  if (count < 0) refuse(path, ::strerror(errno));
  text.resize(static_cast<std::size_t>(count));
  return text;
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
  const std::string folder = fs::path(path).parent_path().string();
  const std::string name = fs::path(path).filename().string();
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 && is_missing(errno)) return std::nullopt;
  if (parent.get() < 0) refuse(folder, ::strerror(errno));
  const Descriptor file(
      ::openat(parent.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0 && is_missing(errno)) return std::nullopt;
  if (file.get() < 0) refuse(path, errno == ELOOP ? "is a symbolic link" : ::strerror(errno));
  check_folder(parent.get(), folder);
  check_place(folder, workspaces);
  check_file(file.get(), path);
  try {
    return checked_key(read_start(file.get(), path));
  } catch (const std::runtime_error& problem) {
    refuse(path, fmt::format("holds no key: {}", problem.what()));
  }
}

void write_key_file(const std::string& path, const std::string& key) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code failed;
  fs::create_directories(folder, failed);
  fs::permissions(folder, fs::perms::owner_all, failed);
  if (failed) refuse(folder.string(), failed.message());
  const int why = catalog::replace_file(path, {key, "\n"}, catalog::Durable::yes);
  if (why != 0) refuse(path, ::strerror(why));
}

}  // namespace tools
