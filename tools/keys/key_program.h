// Runs a small program for a key's sake, or a client's own command: no shell, no terminal, no
// descriptor of ours, from the root folder, and killed with all it started when it takes too long.
// On the thread of the call that needs the key.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace tools {

// Of a key's program nothing is shown that it may complain of: that may hold anything.
enum class Errors { dropped, with_output };

struct Ran {
  std::string first_line;  // of what it wrote to stdout
  std::string last_line;   // of that and its errors, where those are wished
  std::string problem;     // "was not found", "took longer than 10 s"; empty when it ended well
};

// `input` goes to its stdin. Throws catalog::Cancelled when `stop` is requested.
Ran run_program(std::vector<std::string> command, const std::string& input,
                std::chrono::milliseconds time, const std::stop_token& stop,
                Errors errors = Errors::dropped);
// Starts it and forgets it; false when it cannot be started.
bool start_program(std::vector<std::string> command);

}  // namespace tools
