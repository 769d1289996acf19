#include "tools/clients/client_file.h"

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

namespace tools {
namespace {

namespace fs = std::filesystem;
using catalog::Descriptor;

constexpr std::size_t largest_file = std::size_t{32} << 20;
constexpr int most_links = 40;

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw std::runtime_error(fmt::format("{}: {}", path, why));
}

// Of what was to be written.
[[noreturn]] void fail(const std::string& path, std::string_view why) {
  throw std::runtime_error(fmt::format("{}: {}; nothing was changed", path, why));
}

// Where a new file would have to stand for the old one to be replaced, and not the link to it.
fs::path behind_links(const std::string& named) {
  fs::path path = named;
  std::error_code failed;
  for (int i = 0; fs::is_symlink(fs::symlink_status(path, failed)); ++i) {
    if (i == most_links) refuse(named, "too many symbolic links");
    const fs::path target = fs::read_symlink(path, failed);
    if (failed) refuse(named, failed.message());
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return fs::weakly_canonical(path.parent_path(), failed) / path.filename();
}

std::optional<std::string> read_whole(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (file.get() < 0) refuse(path, ::strerror(errno));
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) refuse(path, ::strerror(errno));
  if (!S_ISREG(about.st_mode)) refuse(path, "is not a regular file");
  std::string text;
  char bytes[65536];
  ssize_t count = 0;
  while ((count = ::read(file.get(), bytes, sizeof bytes)) > 0) {
    text.append(bytes, static_cast<std::size_t>(count));
    if (text.size() > largest_file) refuse(path, "is larger than 32 MiB");
  }
  if (count < 0) refuse(path, ::strerror(errno));
  return text;
}

std::vector<std::string> make_folders(const fs::path& folder) {
  std::vector<std::string> made;
  for (fs::path each = folder; !each.empty() && !fs::exists(each); each = each.parent_path()) {
    made.insert(made.begin(), each.string());
  }
  for (const std::string& each : made) {
    if (::mkdir(each.c_str(), 0700) != 0) fail(each, ::strerror(errno));
  }
  return made;
}

// The mode and the group of the old file; ownership by another user cannot be given away.
void keep_mode(int fd, const std::string& path) {
  struct stat old {};
  if (::stat(path.c_str(), &old) != 0) return;
  if (::fchown(fd, static_cast<uid_t>(-1), old.st_gid) != 0) errno = 0;
  if (::fchmod(fd, old.st_mode & 07777) != 0) fail(path, ::strerror(errno));
}

void write_all(int fd, const std::string& path, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = ::write(fd, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, ::strerror(errno));
    at += static_cast<std::size_t>(count);
  }
  if (::fsync(fd) != 0) fail(path, ::strerror(errno));
}

// Removed with this object, unless it has become the file.
struct Fresh {
  std::string path;
  ~Fresh() { ::unlink(path.c_str()); }
};

void check_unchanged(const ClientFile& file) {
  if (read_whole(file.path) != file.text) fail(file.path, "somebody else is writing it");
}

void replace(const ClientFile& file, const std::string& text) {
  const fs::path place = file.path;
  const Fresh fresh{
      (place.parent_path() / fmt::format(".{}.patchbay-{}", place.filename().string(), ::getpid()))
          .string()};
  {
    const Descriptor out(::open(fresh.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.get() < 0) fail(file.path, ::strerror(errno));
    keep_mode(out.get(), file.path);
    write_all(out.get(), file.path, text);
  }
  check_unchanged(file);
  if (::rename(fresh.path.c_str(), file.path.c_str()) != 0) fail(file.path, ::strerror(errno));
}

}  // namespace

ClientFile read_client_file(const std::string& path) {
  const std::string real = behind_links(path).string();
  return {real, read_whole(real)};
}

std::vector<std::string> write_client_file(const ClientFile& file,
                                           const std::optional<std::string>& text) {
  std::vector<std::string> made;
  if (text) {
    made = make_folders(fs::path(file.path).parent_path());
    replace(file, *text);
  } else {
    check_unchanged(file);
    if (::unlink(file.path.c_str()) != 0) fail(file.path, ::strerror(errno));
  }
  return made;
}

}  // namespace tools
