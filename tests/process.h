// The real program under test: started with pipes, spoken to line by line, ended by its own pid.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

class Process {
 public:
  // Starts the built program with these arguments; its environment is PATH, a HOME of its own and
  // `environment`.
  Process(const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment);
  ~Process();  // ends it if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void send(std::string_view line);  // adds the newline
  void send_bytes(std::string_view bytes);
  void close_input();
  void close_output();

  // The next line on stdout; nothing when the time is over or the output has ended.
  std::optional<std::string> line(std::chrono::milliseconds time = std::chrono::seconds(10));
  // The response to that id; other messages go to `others`. Fails the test when none comes in time.
  nlohmann::json reply(const nlohmann::json& id,
                       std::chrono::milliseconds time = std::chrono::seconds(10));
  // The exit status; nothing when it still runs after that time. A signal is 128 + its number.
  std::optional<int> exited_within(std::chrono::milliseconds time);
  std::string errors();  // all of stderr so far
  void signal(int number);

  pid_t pid() const { return pid_; }
  const std::string& home() const { return home_; }
  std::vector<nlohmann::json> others;  // notifications, and responses nobody asked for yet

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::string home_;
  std::string error_file_;
  std::string output_file_;  // everything that was read from stdout
  bool spoke_ = false;
  std::optional<int> status_;
};

// The lines of a `tools/call` and of `initialize`, as a client writes them.
std::string call_line(const nlohmann::json& id, const std::string& tool,
                      const nlohmann::json& arguments, const nlohmann::json& progress_token = {});
std::string initialize_line(const nlohmann::json& id, const std::string& version = "2025-11-25");

// A folder that is removed with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace tests
