#include "catalog/files/beneath.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>

#include "catalog/clean_text.h"
#include "catalog/errors.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

namespace catalog {
namespace {

constexpr std::size_t longest_path = 4096;
constexpr std::size_t deepest = 64;     // each level holds a descriptor
constexpr std::size_t most_links = 40;  // as the kernel has it

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (!name.empty() && name != ".") names.emplace_back(name);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return names;
}

[[noreturn]] void refuse_path(std::string_view path, std::string_view why) {
  throw Refused(Kind::path_denied, fmt::format("\"{}\" {}", shown(path), why),
                "Give a path relative to the workspace, inside of it.");
}

[[noreturn]] void refuse_missing(std::string_view path, int why) {
  if (why == ENOENT || why == ENOTDIR) {
    throw Refused(Kind::not_found,
                  fmt::format("there is no file \"{}\" in the workspace", shown(path)),
                  "Paths are relative to the workspace, and spelled exactly.");
  }
  // What was a folder a moment ago is a link now.
  if (why == ELOOP) refuse_path(path, "changed while it was looked up");
  throw Refused(Kind::path_denied,
                fmt::format("\"{}\" cannot be opened: {}", shown(path), std::strerror(why)));
}

// One walk from the root to a file.
class Walk {
 public:
  Walk(const Descriptor& root, std::string_view path) : root_(root), path_(path) {
    for (std::string& name : names_of(path)) ahead_.push_back(std::move(name));
  }

  Place run();

 private:
  const Descriptor& here() const { return folders_.empty() ? root_ : folders_.back(); }
  void go_up();
  void follow(const std::string& name);
  void enter(const std::string& name);

  const Descriptor& root_;
  const std::string_view path_;
  std::deque<std::string> ahead_;
  std::vector<Descriptor> folders_;  // below the root, each within the one before
  std::vector<std::string> names_;   // theirs
  std::size_t links_ = 0;
};

void Walk::go_up() {
  if (folders_.empty()) refuse_path(path_, "is a link that leads out of the workspace");
  folders_.pop_back();
  names_.pop_back();
}

// Puts the names a link consists of in its place.
void Walk::follow(const std::string& name) {
  std::array<char, longest_path> target{};
  const ssize_t size = ::readlinkat(here().get(), name.c_str(), target.data(), target.size());
  if (size < 0) refuse_missing(path_, errno == EINVAL ? ELOOP : errno);
  const std::string_view text(target.data(), static_cast<std::size_t>(size));
  if (text.starts_with('/')) refuse_path(path_, "is a link that leads out of the workspace");
  if (++links_ > most_links || text.size() == target.size()) {
    refuse_path(path_, "is a link to a link to a link, without end");
  }
  const std::vector<std::string> names = split(text);
  ahead_.insert(ahead_.begin(), names.begin(), names.end());
}

void Walk::enter(const std::string& name) {
  if (folders_.size() >= deepest) refuse_path(path_, "lies too deep");
  Descriptor folder = open_folder(here(), name);
  if (!folder.open()) refuse_missing(path_, errno);
  folders_.push_back(std::move(folder));
  names_.push_back(name);
}

Place Walk::run() {
  mode_t mode = S_IFDIR;
  while (!ahead_.empty()) {
    const std::string name = std::move(ahead_.front());
    ahead_.pop_front();
    if (name == "..") {
      go_up();
      mode = S_IFDIR;
      continue;
    }
    struct stat about {};
    if (::fstatat(here().get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
      refuse_missing(path_, errno);
    }
    mode = about.st_mode;
    if (S_ISLNK(mode)) {
      follow(name);
    } else if (S_ISDIR(mode)) {
      enter(name);
    } else if (ahead_.empty()) {
      names_.push_back(name);
      Descriptor folder(::fcntl(here().get(), F_DUPFD_CLOEXEC, 0));
      return {std::move(folder), name, std::move(names_), mode};
    } else {
      refuse_missing(path_, ENOTDIR);
    }
  }
  return {Descriptor(), "", std::move(names_), S_IFDIR};
}

}  // namespace

std::string shown(std::string_view path) {
  std::string out = clean_text(path.substr(0, 200));
  for (char& c : out) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, "/"));
}

std::string_view below(std::string_view root, std::string_view path) {
  while (root.ends_with('/')) root.remove_suffix(1);
  const bool inside =
      path.starts_with('/') && path.starts_with(root) && path.substr(root.size()).starts_with('/');
  if (!inside) return path;
  path.remove_prefix(root.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

std::vector<std::string> names_of(std::string_view path) {
  if (path.size() >= longest_path) refuse_path(path, "is too long for a path");
  if (has_control(path)) refuse_path(path, "holds a control character");
  if (path.starts_with('/')) refuse_path(path, "is outside of the workspace");
  std::vector<std::string> names = split(path);
  for (const std::string& name : names) {
    if (name == "..") refuse_path(path, "goes upwards with \"..\"");
  }
  return names;
}

Descriptor open_root(const std::string& folder) {
  Descriptor root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) {
    throw Refused(Kind::path_denied, fmt::format("the workspace {} cannot be opened: {}", folder,
                                                 std::strerror(errno)));
  }
  return root;
}

Place find_beneath(const Descriptor& root, std::string_view path) { return Walk(root, path).run(); }

Descriptor open_folder(const Descriptor& within, const std::string& name, bool make) {
  if (make && ::mkdirat(within.get(), name.c_str(), 0777) != 0 && errno != EEXIST) {
    return Descriptor();
  }
  constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  return Descriptor(::openat(within.get(), name.c_str(), flags));
}

}  // namespace catalog
