#include "tools/keys/key_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>

#include "catalog/errors.h"

extern char** environ;

namespace tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output = 64 * 1024;
constexpr std::size_t longest_line = 4098;  // what is longer is no key
constexpr int look_every_ms = 20;

struct Pipe {
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) ends[0] = ends[1] = -1;
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(int which) {
    if (ends[which] >= 0) ::close(ends[which]);
    ends[which] = -1;
  }
  int ends[2] = {-1, -1};
};

// What a child is given: two descriptors, nothing to ask a person by, the usual signals.
class Spawn {
 public:
  Spawn(int in, int out, Errors errors) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&how_);
    if (in >= 0) posix_spawn_file_actions_adddup2(&files_, in, 0);
    if (in < 0) posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0);
    if (out >= 0) posix_spawn_file_actions_adddup2(&files_, out, 1);
    if (out < 0) posix_spawn_file_actions_addopen(&files_, 1, "/dev/null", O_WRONLY, 0);
    const bool with_output = errors == Errors::with_output && out >= 0;
    if (with_output) posix_spawn_file_actions_adddup2(&files_, out, 2);
    if (!with_output) posix_spawn_file_actions_addopen(&files_, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addchdir_np(&files_, "/");  // no "." in PATH means the workspace
#ifdef __linux__
    posix_spawn_file_actions_addclosefrom_np(&files_, 3);
#endif
    sigset_t usual;
    ::sigemptyset(&usual);
    posix_spawnattr_setsigmask(&how_, &usual);
    ::sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&how_, &usual);
    posix_spawnattr_setflags(&how_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&how_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // Zero, or what went wrong.
  int start(std::vector<std::string>& command, pid_t& pid) {
    std::vector<char*> arguments;
    for (std::string& each : command) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    return ::posix_spawnp(&pid, arguments[0], &files_, &how_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t how_;
};

// A child that does not outlive this object, nor does anything it started in its session.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (ended_) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool ended() {
    if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    return ended_;
  }
  bool well() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }

 private:
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

// False when there is no more to come.
bool read_some(int fd, int wait_ms, std::string& output) {
  pollfd polled{fd, POLLIN, 0};
  if (::poll(&polled, 1, wait_ms) <= 0) return true;
  char bytes[4096];
  const ssize_t count = ::read(fd, bytes, sizeof bytes);
  if (count > 0) output.append(bytes, static_cast<std::size_t>(count));
  ::explicit_bzero(bytes, sizeof bytes);
  return count > 0;
}

// "" when it ended well, with everything that it wrote.
std::string watch(Child& child, int fd, std::chrono::milliseconds time, const std::stop_token& stop,
                  std::string& output) {
  const Clock::time_point until = Clock::now() + time;
  bool open = true;
  while (!child.ended()) {
    if (stop.stop_requested()) throw catalog::Cancelled();
    if (Clock::now() >= until) return fmt::format("took longer than {} s", time.count() / 1000);
    if (output.size() > most_output) return "wrote too much";
    if (open) open = read_some(fd, look_every_ms, output);
    if (!open) ::usleep(1000);
  }
  while (open && output.size() <= most_output && read_some(fd, 0, output)) {
    pollfd polled{fd, POLLIN, 0};
    if (::poll(&polled, 1, 0) <= 0) break;  // somebody it started holds the pipe open
  }
  return child.well() ? std::string() : "ended with an error";
}

// The last that says something.
std::string last_line_of(std::string_view output) {
  const std::size_t end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  output = output.substr(0, end + 1);
  const std::size_t newline = output.rfind('\n');
  if (newline != std::string_view::npos) output.remove_prefix(newline + 1);
  return std::string(output.substr(0, longest_line));
}

}  // namespace

Ran run_program(std::vector<std::string> command, const std::string& input,
                std::chrono::milliseconds time, const std::stop_token& stop, Errors errors) {
  Pipe in;
  Pipe out;
  pid_t pid = -1;
  if (const int error = Spawn(in.ends[0], out.ends[1], errors).start(command, pid); error != 0) {
    return {{}, {}, error == ENOENT ? "was not found" : ::strerror(error)};
  }
  Child child(pid);
  in.close_end(0);
  out.close_end(1);
  // A key fits into a pipe; a program that does not want it is seen by how it ends.
  if (!input.empty() && ::write(in.ends[1], input.data(), input.size()) < 0) errno = 0;
  in.close_end(1);
  std::string output;
  Ran ran;
  ran.problem = watch(child, out.ends[0], time, stop, output);
  ran.first_line = output.substr(0, std::min(output.find('\n'), longest_line));
  if (errors == Errors::with_output) ran.last_line = last_line_of(output);
  ::explicit_bzero(output.data(), output.size());
  return ran;
}

bool start_program(std::vector<std::string> command) {
  pid_t pid = -1;
  return Spawn(-1, -1, Errors::dropped).start(command, pid) == 0;
}

}  // namespace tools
