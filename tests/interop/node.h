// Programs of node that the interop tests start: by their own pid, with pipes, ended with the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tests {

class NodeProgram {
 public:
  // `script` and what it needs lie in `folder`; started there, by the folder's own node if it has
  // one, its errors go to ours.
  NodeProgram(const std::string& folder, const std::vector<std::string>& script);
  ~NodeProgram();  // closes its input, waits a second for it to go, then ends it
  NodeProgram(const NodeProgram&) = delete;
  NodeProgram& operator=(const NodeProgram&) = delete;

  // The next line of its output; nothing when the time is over or the output has ended.
  std::optional<std::string> line(std::chrono::milliseconds time);

 private:
  bool gone_within(std::chrono::milliseconds time);

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string buffer_;
};

// Why programs in that folder cannot be run: "" when they can.
std::string why_no_node(const std::string& folder);

}  // namespace tests
