#include "tests/interop/node.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace tests {
namespace {

using Clock = std::chrono::steady_clock;

// The program of that name in PATH, or "".
std::string in_path(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::string path = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at) + "/" + name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return {};
}

// The node for what lies in that folder, or "": some programs need a newer one than systems have.
std::string node_for(const std::string& folder) {
  const std::string own = folder + "/node_modules/node/bin/node";
  return ::access(own.c_str(), X_OK) == 0 ? own : in_path("node");
}

int milliseconds_left(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

}  // namespace

std::string why_no_node(const std::string& folder) {
  if (node_for(folder).empty()) return "node is not installed";
  if (!std::filesystem::exists(folder + "/node_modules")) {
    return "its packages are not installed (npm ci in " + folder + ")";
  }
  return {};
}

NodeProgram::NodeProgram(const std::string& folder, const std::vector<std::string>& script) {
  const std::string node = node_for(folder);
  std::vector<const char*> arguments = {node.c_str()};
  for (const std::string& each : script) arguments.push_back(each.c_str());
  arguments.push_back(nullptr);
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    if (::chdir(folder.c_str()) == 0) {
      ::execv(node.c_str(), const_cast<char* const*>(arguments.data()));
    }
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  in_ = in[1];
  out_ = out[0];
}

NodeProgram::~NodeProgram() {
  ::close(in_);
  ::close(out_);
  if (pid_ <= 0 || gone_within(std::chrono::seconds(1))) return;
  ::kill(pid_, SIGKILL);
  gone_within(std::chrono::seconds(3));
}

bool NodeProgram::gone_within(std::chrono::milliseconds time) {
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

std::optional<std::string> NodeProgram::line(std::chrono::milliseconds time) {
  for (const auto end = Clock::now() + time;;) {
    if (const auto newline = buffer_.find('\n'); newline != std::string::npos) {
      std::string first = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return first;
    }
    pollfd wait = {out_, POLLIN, 0};
    if (::poll(&wait, 1, milliseconds_left(end)) <= 0) return std::nullopt;
    char bytes[4096];
    const ssize_t count = ::read(out_, bytes, sizeof bytes);
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
}

}  // namespace tests
