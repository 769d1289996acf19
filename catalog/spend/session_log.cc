#include "catalog/spend/session_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <utility>

#include "catalog/errors.h"

namespace catalog {
namespace {

constexpr off_t largest_log = 64 * 1024 * 1024;

// Another one after each start of the machine; "" where the system does not tell.
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::string random_session() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

bool is_session(const std::string& name) {
  return name.size() == 16 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Whether the name still stands for the file that is open: somebody may have removed it between
// its making and its locking.
bool is_file_of(int fd, const std::string& path) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

bool write_line(int fd, const std::string& line) {
  return ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

// Only what a line can hold: a generation id comes from outside.
std::string plain(const std::string& generation) {
  std::string out;
  for (const char c : generation) {
    if (c > ' ' && c < 0x7F) out += c;
  }
  return out;
}

// "serial state cost source generation": one line, the last part possibly absent.
std::string line_of(const Mark& mark) {
  return fmt::format("{} {} {} {} {}\n", mark.serial, static_cast<int>(mark.state),
                     mark.cost.nano_usd, static_cast<int>(mark.source), plain(mark.generation));
}

std::optional<Mark> mark_of(const std::string& line) {
  std::istringstream in(line);
  Mark mark;
  int state = -1;
  int source = -1;
  if (!(in >> mark.serial >> state >> mark.cost.nano_usd >> source)) return std::nullopt;
  if (state < 1 || state > 4 || source < 0 || source > 2 || mark.cost < Money{}) {
    return std::nullopt;
  }
  mark.state = static_cast<PurchaseState>(state);
  mark.source = static_cast<CostSource>(source);
  in >> mark.generation;
  return mark;
}

}  // namespace

SessionLog::SessionLog(const std::string& folder) : folder_(folder), boot_(boot_id()) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
  while (fd_ < 0) {
    session_ = random_session();
    const std::string path = folder_ + "/" + session_;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) {
      UpstreamError error(Kind::io_error,
                          fmt::format("could not keep account of spending in {}: {}", folder_,
                                      std::strerror(errno)));
      error.advice = "The user should look at the state folder (disk full, permissions).";
      throw error;
    }
    const bool mine = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0 && is_file_of(fd, path);
    if (mine) {
      fd_ = fd;
    } else if (fd >= 0) {
      ::close(fd);
    }
  }
  begin();
}

SessionLog::~SessionLog() {
  if (remove_) ::unlink((folder_ + "/" + session_).c_str());
  ::close(fd_);
}

// A file that has lost a line says that it is not complete.
void SessionLog::add(const Mark& mark) {
  any_ = true;
  if (!write_line(fd_, line_of(mark))) [[maybe_unused]]
    const int failed = ::ftruncate(fd_, 0);
}

void SessionLog::begin() {
  if (::ftruncate(fd_, 0) == 0) write_line(fd_, boot_ + "\n");
  any_ = false;
}

// --- what was left ------------------------------------------------------------------------------

std::optional<LeftLog> LeftLog::take(const std::string& folder, const std::string& session) {
  const std::string file = folder + "/" + session;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  // Without its file nothing is known of it but that it cannot run.
  if (fd < 0) return errno == ENOENT ? std::optional(LeftLog(file, -1)) : std::nullopt;
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || !is_file_of(fd, file)) {
    ::close(fd);
    return std::nullopt;
  }
  LeftLog left(file, fd);
  left.read();
  return left;
}

LeftLog::LeftLog(std::string file, int fd) : file_(std::move(file)), fd_(fd) {}

LeftLog::LeftLog(LeftLog&& other) noexcept
    : file_(std::move(other.file_)),
      fd_(std::exchange(other.fd_, -1)),
      marks_(std::move(other.marks_)),
      complete_(other.complete_) {}

LeftLog::~LeftLog() {
  if (fd_ >= 0) ::close(fd_);
}

void LeftLog::read() {
  struct stat about {};
  if (::fstat(fd_, &about) != 0 || about.st_size > largest_log) return;
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  if (::pread(fd_, text.data(), text.size(), 0) != about.st_size) return;
  const std::size_t whole = text.rfind('\n');  // a line may have been cut off by a full disk
  text.resize(whole == std::string::npos ? 0 : whole + 1);
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  complete_ = !line.empty() && line == boot_id();
  while (std::getline(lines, line)) {
    const auto mark = mark_of(line);
    mark ? marks_.push_back(*mark) : static_cast<void>(complete_ = false);
  }
}

void LeftLog::remove() { ::unlink(file_.c_str()); }

std::vector<std::string> logged_sessions(const std::string& folder) {
  std::vector<std::string> sessions;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (is_session(name)) sessions.push_back(name);
  }
  return sessions;
}

}  // namespace catalog
