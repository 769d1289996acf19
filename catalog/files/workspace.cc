#include "catalog/files/workspace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "catalog/errors.h"
#include "catalog/files/beneath.h"
#include "catalog/files/denied_names.h"
#include "catalog/files/file_kind.h"
#include "catalog/files/secret_scan.h"

namespace catalog {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10;

void check_names(std::string_view path, const std::vector<std::string>& names) {
  const std::string_view secret = keeps_secrets(names);
  if (secret.empty()) return;
  throw Refused(
      Kind::path_denied,
      fmt::format("\"{}\" is not sent: files like {} keep secrets", shown(path), shown(secret)),
      "Leave it out, or put the part that matters into the prompt.");
}

[[noreturn]] void refuse_kind(std::string_view path, mode_t mode) {
  const char* what = S_ISDIR(mode)    ? "a folder"
                     : S_ISFIFO(mode) ? "a pipe"
                     : S_ISSOCK(mode) ? "a socket"
                                      : "a device";
  throw Refused(Kind::unsupported,
                fmt::format("\"{}\" is {}, not a regular file", shown(path), what),
                "Name files one by one.");
}

[[noreturn]] void refuse_size(std::string_view path, std::size_t most) {
  const bool alone = most == largest_file;
  throw Refused(Kind::too_long,
                alone ? fmt::format("\"{}\" is larger than {} MiB", shown(path), most >> 20)
                      : fmt::format("with \"{}\" the files are more than {} MiB together",
                                    shown(path), largest_files >> 20),
                "Send less: another file, or the part that matters in the prompt.");
}

[[noreturn]] void refuse_to_read(std::string_view path, int why) {
  throw Refused(Kind::path_denied, fmt::format("\"{}\" cannot be read: {}", shown(path),
                                               why == ELOOP ? "it changed while it was looked up"
                                                            : std::strerror(why)));
}

struct OpenFile {
  Descriptor descriptor;
  std::size_t size;  // as it was
};

// A pipe or device that took the file's place meanwhile neither blocks nor gets control.
OpenFile open_regular(std::string_view path, const Place& place, std::size_t most) {
  if (!S_ISREG(place.mode)) refuse_kind(path, place.mode);
  constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
  Descriptor file(::openat(place.folder.get(), place.name.c_str(), flags));
  if (!file.open()) refuse_to_read(path, errno);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) refuse_to_read(path, errno);
  if (!S_ISREG(about.st_mode)) refuse_kind(path, about.st_mode);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > most) refuse_size(path, most);
  return {std::move(file), static_cast<std::size_t>(size)};
}

// Read, never mapped: a file may shrink or grow under our hands.
std::string read_all(std::string_view path, const OpenFile& file, std::size_t most) {
  std::string bytes;
  bytes.reserve(file.size + chunk_bytes);
  std::size_t filled = 0;
  for (;;) {
    bytes.resize(filled + chunk_bytes);
    const ssize_t got = ::read(file.descriptor.get(), bytes.data() + filled, chunk_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse_to_read(path, errno);
    filled += static_cast<std::size_t>(got);
    if (filled > most) refuse_size(path, most);
    if (got == 0) break;
  }
  bytes.resize(filled);
  return bytes;
}

void check_secrets(std::string_view path, std::string_view bytes, bool is_text) {
  const auto found = find_secret(bytes);
  if (!found) return;
  const std::string where = is_text ? fmt::format(" in line {}", found->line) : "";
  throw Refused(Kind::secret_found,
                fmt::format("\"{}\" holds {}{}", shown(path), found->what, where),
                "Take the key out, or put the part that matters into the prompt.");
}

}  // namespace

Workspace::Workspace(std::string root) : root_(std::move(root)), folder_(open_root(root_)) {}

FilePart Workspace::read_one(std::string_view path, std::size_t room) const {
  const std::string_view relative = below(root_, path);
  const std::vector<std::string> names = names_of(relative);
  check_names(path, names);
  const Place place = find_beneath(folder_, relative);
  check_names(path, place.names);
  const std::size_t most = std::min(room, largest_file);
  FilePart part;
  part.name = joined(names);
  part.bytes = read_all(path, open_regular(path, place, most), most);
  part.media_type = media_type_of(part.name, part.bytes);
  check_secrets(path, part.bytes, kind_of(part.media_type) == FileKind::text);
  return part;
}

std::vector<FilePart> Workspace::read(const std::vector<std::string>& paths) const {
  if (paths.size() > most_files) {
    throw Refused(Kind::too_long, fmt::format("these are {} files", paths.size()),
                  fmt::format("Send at most {}.", most_files));
  }
  std::vector<FilePart> files;
  std::size_t room = largest_files;
  for (const std::string& path : paths) {
    files.push_back(read_one(path, room));
    room -= files.back().bytes.size();
  }
  return files;
}

}  // namespace catalog
