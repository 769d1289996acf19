#include "tests/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/build.h"
#include "tests/canary.h"

namespace tests {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

int left(Clock::time_point end) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return ms > 0 ? static_cast<int>(ms) : 0;
}

// Only what may run between fork and exec.
[[noreturn]] void become(char* const* arguments, char* const* environment, int in, int out,
                         int errors) {
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(errors, 2);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& each : strings) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "patchbay-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

Folder::~Folder() {
  look_for_canary(path_);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Process::Process(const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment) {
  static const Folder homes;
  static int started = 0;
  home_ = homes.path() + "/" + std::to_string(++started);
  std::filesystem::create_directories(home_);
  error_file_ = home_ + "/stderr";
  output_file_ = home_ + "/stdout";

  std::vector<std::string> args = {tests::build::program};
  args.insert(args.end(), arguments.begin(), arguments.end());
  std::vector<std::string> env;
  if (environment.count("PATH") == 0) env.push_back("PATH=/usr/bin:/bin");
  if (environment.count("HOME") == 0) env.push_back("HOME=" + home_);
  for (const auto& [name, value] : environment) env.push_back(name + "=" + value);

  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  const int errors = ::open(error_file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const auto argument_pointers = pointers(args);
  const auto environment_pointers = pointers(env);
  pid_ = ::fork();
  if (pid_ == 0)
    become(argument_pointers.data(), environment_pointers.data(), in[0], out[1], errors);
  for (int fd : {in[0], out[1], errors}) ::close(fd);
  in_ = in[1];
  out_ = out[0];
}

Process::~Process() {
  // Before its first words, a program may not have come to wiping its environment.
  if (spoke_ && !exited_within({})) look_for_canary_of_process(pid_);
  close_input();
  close_output();
  if (!exited_within(std::chrono::seconds(3))) {
    signal(SIGKILL);
    exited_within(std::chrono::seconds(3));
  }
  look_for_canary(home_);
}

void Process::send(std::string_view line) { send_bytes(std::string(line) + "\n"); }

void Process::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(in_, bytes.data(), bytes.size());
    if (n <= 0) return;  // the program is gone; the test sees that by what it reads
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Process::close_input() {
  if (in_ >= 0) ::close(in_);
  in_ = -1;
}

void Process::close_output() {
  if (out_ >= 0) ::close(out_);
  out_ = -1;
}

std::optional<std::string> Process::line(std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  for (;;) {
    if (const auto newline = buffer_.find('\n'); newline != std::string::npos) {
      std::string line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return line;
    }
    pollfd p{out_, POLLIN, 0};
    if (::poll(&p, 1, left(end)) <= 0) return std::nullopt;
    char bytes[65536];
    const ssize_t n = ::read(out_, bytes, sizeof bytes);
    if (n <= 0) return std::nullopt;
    spoke_ = true;
    std::ofstream(output_file_, std::ios::app).write(bytes, n);
    buffer_.append(bytes, static_cast<std::size_t>(n));
  }
}

json Process::reply(const json& id, std::chrono::milliseconds time) {
  const auto is_it = [&](const json& m) {
    return m.value("id", json()) == id && !m.contains("method");
  };
  for (auto at = others.begin(); at != others.end(); ++at) {
    if (!is_it(*at)) continue;
    json found = std::move(*at);
    others.erase(at);
    return found;
  }
  const auto end = Clock::now() + time;
  while (const auto text = line(std::chrono::milliseconds(left(end)))) {
    json message = json::parse(*text, nullptr, false);
    REQUIRE_MESSAGE(!message.is_discarded(), "not JSON on stdout: ", *text);
    if (is_it(message)) return message;
    others.push_back(std::move(message));
  }
  FAIL("no reply to " << id.dump() << "; stderr: " << errors());
  return {};
}

std::optional<int> Process::exited_within(std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  while (!status_) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      break;
    }
    if (Clock::now() >= end) break;
    ::usleep(1000);
  }
  return status_;
}

std::string Process::errors() {
  std::ifstream file(error_file_);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Process::signal(int number) {
  if (!status_) ::kill(pid_, number);
}

std::string call_line(const json& id, const std::string& tool, const json& arguments,
                      const json& progress_token) {
  json params = {{"name", tool}, {"arguments", arguments}};
  if (!progress_token.is_null()) params["_meta"] = {{"progressToken", progress_token}};
  return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", "tools/call"}, {"params", params}}.dump();
}

std::string initialize_line(const json& id, const std::string& version) {
  const json params = {{"protocolVersion", version},
                       {"capabilities", json::object()},
                       {"clientInfo", {{"name", "test"}, {"version", "1"}}}};
  return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", "initialize"}, {"params", params}}.dump();
}

}  // namespace tests
