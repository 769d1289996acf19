// The way back to a client. What is written is one whole message; it is queued when the client does
// not drain its end, so that no caller ever waits for the client.
#pragma once

#include <string>

namespace mcp {

class Connection {
 public:
  virtual ~Connection() = default;
  // A response. `line` is one message without its newline.
  virtual void write(std::string line) = 0;
  // Progress: dropped, and false, when it would have to wait.
  virtual bool write_if_ready(std::string line) = 0;
};

}  // namespace mcp
