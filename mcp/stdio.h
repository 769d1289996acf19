// MCP over stdin and stdout: one message a line (section "stdio").
//
// Threads take turns at reading. The one that reads a call passes the turn on and runs the call
// itself, so a call never changes thread and never waits for one; a ping or a cancellation is read
// while any number of calls wait for their models.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "mcp/input.h"
#include "mcp/output.h"
#include "mcp/peer.h"
#include "mcp/reading_turn.h"
#include "mcp/server.h"

namespace mcp {

struct StdioOptions {
  int in = 0;
  int out = 1;
  std::function<std::string(std::string)> filter;  // sees every line before it leaves
};

class Stdio {
 public:
  // `run` must have returned, if it was called, before this goes.
  Stdio(Server& server, StdioOptions options);

  // Serves until the end of input or `stop`. Then lookups get a second to finish, other calls are
  // cancelled at once. Returns the exit status: 0, or 1 when the client closed its end of stdout.
  int run();
  // Ends `run` as the end of input does. May be called from a signal handler.
  void stop();

 private:
  using Workers = std::list<std::thread>;
  struct WakePipe {
    WakePipe();
    ~WakePipe();
    int ends[2];
  };

  void live(Workers::iterator self);
  bool wait_for_turn();
  Work next_work();
  bool pass_turn();
  bool start_thread();
  void input_is_over();
  void retire(Workers::iterator self);
  void settle();
  bool dismissed_within(std::chrono::milliseconds time);

  Server& server_;
  WakePipe wake_;
  const std::unique_ptr<ReadingTurn> turn_;
  Input input_;                  // used by the thread that has the turn, as is
  std::deque<Work> works_;       // what was read and nobody runs yet
  std::atomic<int> waiting_{0};  // threads that want the turn, or will before they do anything else
  std::shared_ptr<Output> output_;
  std::shared_ptr<Peer> peer_ = std::make_shared<Peer>();

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  bool input_over_ = false;
  Workers workers_;
  Workers finished_;  // ended, to be joined
};

// Moves the real stdout aside and makes descriptor 1 another name of stderr, so that nothing a
// library prints can get between the messages. Returns the descriptor for the protocol.
int take_stdout();

}  // namespace mcp
