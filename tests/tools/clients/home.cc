#include "tests/tools/clients/home.h"

#include <doctest/doctest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/shell.h"

namespace fs = std::filesystem;

namespace tests::home {

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(const std::string& path, const std::string& text, int mode) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text;
  ::chmod(path.c_str(), static_cast<mode_t>(mode));
}

int mode_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<int>(about.st_mode & 07777) : -1;
}

std::string Home::file(const tools::Client& client) const {
  return client
      .files([&](const char* name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
      })
      .front();
}

Ran Home::run(const std::vector<std::string>& arguments) const {
  Process program(arguments, environment);
  program.close_input();
  Ran ran;
  while (const auto line = program.line()) ran.said += *line + "\n";
  ran.status = program.exited_within(std::chrono::seconds(10)).value_or(-1);
  ran.problems = program.errors();
  CHECK(ran.said.find(test_key) == std::string::npos);
  return ran;
}

Ran Home::shell(const std::string& line) const {
  fs::create_directories(in("bin"));
  std::error_code is_there;
  fs::create_symlink(build::program, in("bin/patchbay"), is_there);
  const tests::Ran ran = tests::shell("cd " + quoted(folder.path()) +
                                      " || exit 99\nexec env -i HOME=" + quoted(folder.path()) +
                                      " PATH=/usr/bin:/bin sh -c " + quoted(line));
  return {ran.status, ran.output, {}};
}

std::string Home::on_a_terminal(const std::vector<std::string>& arguments,
                                const std::string& typed) const {
  int terminal = -1;
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  REQUIRE(pid >= 0);
  if (pid == 0) {
    std::vector<const char*> words = {build::program};
    for (const auto& each : arguments) words.push_back(each.c_str());
    words.push_back(nullptr);
    const std::string variable = "HOME=" + folder.path();
    const char* environment_of_it[] = {variable.c_str(), "PATH=/usr/bin:/bin", nullptr};
    ::execve(words[0], const_cast<char**>(words.data()), const_cast<char**>(environment_of_it));
    ::_exit(127);
  }
  REQUIRE(::write(terminal, typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
  std::string shown;
  char bytes[4096];
  for (ssize_t count; (count = ::read(terminal, bytes, sizeof bytes)) > 0;) {
    shown.append(bytes, static_cast<std::size_t>(count));
  }
  ::close(terminal);
  ::waitpid(pid, nullptr, 0);
  return shown;
}

void Home::add_program(const std::string& name, const std::string& script) {
  write(in("bin/" + name), "#!/bin/sh\n" + script, 0700);
  environment["PATH"] = in("bin") + ":/usr/bin:/bin";
}

std::vector<std::string> Home::everything() const {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.path().string().find("/.local") == std::string::npos) {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace tests::home
