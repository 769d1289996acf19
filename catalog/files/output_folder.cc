#include "catalog/files/output_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>
#include <utility>
#include <vector>

#include "catalog/errors.h"
#include "catalog/files/beneath.h"
#include "catalog/files/denied_names.h"

namespace catalog {
namespace {

constexpr const char* folder_name = "patchbay-out";
constexpr std::string_view temporary_begin = ".patchbay-";
constexpr std::string_view temporary_end = ".tmp";
constexpr std::time_t left_behind_after = 24 * 60 * 60;  // seconds; no call lasts so long
constexpr std::size_t deepest = 16;
constexpr int most_looked_at = 1000;
constexpr int most_of_a_name = 1000;

[[noreturn]] void refuse_name(std::string_view save_to, std::string_view why) {
  throw Refused(Kind::path_denied, fmt::format("save_to \"{}\" {}", shown(save_to), why),
                "Give save_to a file name like \"report.md\" or \"drafts/report.md\".");
}

[[noreturn]] void refuse_folder(const std::string& path, int why) {
  // A link, or a file where a folder should be: what is behind it is not ours to write to.
  if (why == ELOOP || why == ENOTDIR) {
    throw Refused(Kind::path_denied, fmt::format("{} is not a folder of its own", path),
                  "Give another save_to.");
  }
  throw Refused(Kind::io_error,
                fmt::format("nothing can be written to {}: {}", path, std::strerror(why)),
                "Give another save_to, or none.");
}

std::vector<std::string> checked_names(std::string_view save_to) {
  std::vector<std::string> names = names_of(save_to);
  if (!names.empty() && names.front() == folder_name) names.erase(names.begin());
  if (names.empty() || save_to.ends_with('/')) refuse_name(save_to, "names no file");
  if (names.size() > deepest) refuse_name(save_to, "lies too deep");
  const std::string_view obeyed = is_obeyed(names);
  if (!obeyed.empty()) {
    refuse_name(save_to, fmt::format("is not written: programs obey files like {}", shown(obeyed)));
  }
  return names;
}

// "report-2.md"
std::string numbered(const std::string& name, int number) {
  if (number == 1) return name;
  const std::size_t dot = name.rfind('.');
  const std::size_t stem = dot == std::string::npos || dot == 0 ? name.size() : dot;
  return fmt::format("{}-{}{}", name.substr(0, stem), number, name.substr(stem));
}

// Never over a file that is there: EEXIST. Not every disk and system has the first way.
bool rename_new(int folder, const std::string& from, const std::string& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != ENOSYS && errno != EINVAL) return false;
#endif
  if (::linkat(folder, from.c_str(), folder, to.c_str(), 0) != 0) return false;
  ::unlinkat(folder, from.c_str(), 0);
  return true;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool is_temporary(std::string_view name) {
  return name.starts_with(temporary_begin) && name.ends_with(temporary_end);
}

}  // namespace

OutputFolder::OutputFolder(const std::string& workspace, std::string_view save_to)
    : path_(workspace) {
  std::vector<std::string> names = checked_names(below(workspace + "/" + folder_name, save_to));
  name_ = std::move(names.back());
  names.pop_back();
  folder_ = open_root(workspace);
  enter(folder_name);
  for (const std::string& name : names) enter(name);
  sweep();
  if (!make_temporary()) refuse_folder(path_, errno);
}

OutputFolder::~OutputFolder() { discard(); }

void OutputFolder::discard() {
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
  temporary_.clear();
  file_ = Descriptor();
}

void OutputFolder::enter(const std::string& name) {
  path_ += "/" + name;
  folder_ = open_folder(folder_, name, true);
  if (!folder_.open()) refuse_folder(path_, errno);
}

// What a program that was killed has left.
void OutputFolder::sweep() const {
  const int fd = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const listing = fd < 0 ? nullptr : ::fdopendir(fd);
  if (listing == nullptr) return;
  for (int looked_at = 0; looked_at < most_looked_at; ++looked_at) {
    const dirent* const entry = ::readdir(listing);
    if (entry == nullptr) break;
    struct stat about {};
    if (!is_temporary(entry->d_name)) continue;
    if (::fstatat(folder_.get(), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const bool old = std::time(nullptr) - about.st_mtime > left_behind_after;
    if (old && S_ISREG(about.st_mode)) ::unlinkat(folder_.get(), entry->d_name, 0);
  }
  ::closedir(listing);
}

bool OutputFolder::make_temporary() {
  std::random_device random;
  const std::string name =
      fmt::format("{}{:08x}{:08x}{}", temporary_begin, random(), random(), temporary_end);
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  file_ = Descriptor(::openat(folder_.get(), name.c_str(), flags, 0644));
  if (file_.open()) temporary_ = name;
  return file_.open();
}

std::string OutputFolder::publish(const std::string& name) {
  for (int number = 1; number <= most_of_a_name; ++number) {
    const std::string candidate = numbered(name, number);
    if (rename_new(folder_.get(), temporary_, candidate)) {
      temporary_.clear();
      return path_ + "/" + candidate;
    }
    if (errno != EEXIST) break;
  }
  return {};
}

std::string OutputFolder::write_as(const std::string& name, std::string_view bytes) {
  if (temporary_.empty() && !make_temporary()) return {};
  const bool written = write_all(file_.get(), bytes);
  std::string path = written ? publish(name) : std::string();
  const int why = errno;
  discard();
  errno = why;
  return path;
}

std::string OutputFolder::write(std::string_view bytes) { return write_as(name_, bytes); }

std::string OutputFolder::write_beside(const std::string& name, std::string_view bytes) {
  const bool usable =
      !name.empty() && name.find('/') == std::string::npos && is_obeyed({name}).empty();
  return write_as(usable ? name : "file", bytes);
}

}  // namespace catalog
