#include "tools/private_file.h"

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

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw std::runtime_error(fmt::format("{} {}", path, why));
}

[[noreturn]] void refuse_unreadable(const std::string& path, int error) {
  refuse(path, fmt::format("cannot be read: {}", ::strerror(error)));
}

// Whether there is nothing at all: what somebody linked is meant to be there.
bool is_missing(const std::string& path, int error) {
  std::error_code failed;
  return (error == ENOENT || error == ENOTDIR) && !fs::is_symlink(path, failed);
}

struct stat about(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) refuse_unreadable(path, errno);
  return status;
}

// Whoever may write the folder may put another file in this one's place.
void check_folder(int fd, const std::string& folder) {
  const struct stat status = about(fd, folder);
  const bool trusted = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (!trusted) refuse(folder, "belongs to somebody else, so nothing is read from it");
  if ((status.st_mode & 022) != 0) {
    refuse(folder, "can be written by others, so nothing is read from it; run: chmod go-w on it");
  }
}

// Returns its size.
std::size_t check_file(int fd, const std::string& path, Privacy privacy, std::size_t most) {
  const struct stat status = about(fd, path);
  const bool is_secret = privacy == Privacy::read_by_nobody_else;
  const bool trusted = status.st_uid == ::geteuid() || (status.st_uid == 0 && !is_secret);
  if (!S_ISREG(status.st_mode)) refuse(path, "is not a regular file");
  if (!trusted) refuse(path, "belongs to somebody else");
  if ((status.st_mode & (is_secret ? 077 : 022)) != 0) {
    refuse(path, fmt::format("can be {} by others; run: chmod 600 {}",
                             is_secret ? "read" : "written", path));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > most) refuse(path, fmt::format("is longer than {} bytes", most));
  return size;
}

// Into memory that is taken once: what a text that grows leaves behind is not wiped.
std::string whole_text(int fd, const std::string& path, std::size_t size) {
  std::string text;
  text.reserve(size);
  char bytes[4096];
  ssize_t count = 0;
  while ((count = ::read(fd, bytes, sizeof bytes)) > 0 && text.size() < size) {
    text.append(bytes, std::min(static_cast<std::size_t>(count), size - text.size()));
  }
  const int error = errno;
  ::explicit_bzero(bytes, sizeof bytes);
  if (count < 0) refuse_unreadable(path, error);
  return text;
}

}  // namespace

std::optional<std::string> read_private_file(const std::string& path, Privacy privacy,
                                             std::size_t most) {
  const std::string folder = fs::path(path).parent_path().string();
  const std::string name = fs::path(path).filename().string();
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (const int error = errno; !parent.open()) {
    if (is_missing(folder, error)) return std::nullopt;
    refuse_unreadable(folder, error);
  }
  const int no_link = privacy == Privacy::read_by_nobody_else ? O_NOFOLLOW : 0;
  // A pipe would wait for whoever writes it.
  const Descriptor file(
      ::openat(parent.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | no_link));
  if (const int error = errno; !file.open()) {
    if (is_missing(path, error)) return std::nullopt;
    if (error == ELOOP && no_link != 0) refuse(path, "is a symbolic link");
    refuse_unreadable(path, error);
  }
  check_folder(parent.get(), folder);
  return whole_text(file.get(), path, check_file(file.get(), path, privacy, most));
}

}  // namespace tools
