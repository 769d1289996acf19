// The way back to a client for one request: a line of a pipe, or the answer to one POST. What is
// written is one whole message; it is queued when the client does not drain its end, so that no
// caller ever waits for the client. Used by any thread.
#pragma once

#include <string>

#include "mcp/errors.h"

namespace mcp {

class Connection {
 public:
  virtual ~Connection() = default;
  // The response. Each request gets at most one; over HTTP it ends the answer.
  virtual void write(std::string line) = 0;
  // The response when it is an error: over HTTP the error decides the status.
  virtual void write_error(std::string line, const RpcError&) { write(std::move(line)); }
  // A notification, or a request of ours, that must arrive.
  virtual void notify(std::string line) = 0;
  // Progress: dropped, and false, when it would have to wait.
  virtual bool notify_if_ready(std::string line) = 0;
  // Whether `notify` gets to the client: not where it takes one JSON text and nothing else, and not
  // once it is gone or answered.
  virtual bool reaches_client() { return true; }
};

}  // namespace mcp
