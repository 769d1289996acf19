// The one MCP endpoint: takes each HTTP request through the guard to its era, and the message in it
// to the Server. Everything it does for a request happens on the connection's own thread; the work
// that the Server hands back is run right there.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "mcp/http/guard.h"
#include "mcp/http/headers.h"
#include "mcp/http/server.h"
#include "mcp/http/sessions.h"
#include "mcp/http/watcher.h"
#include "mcp/server.h"

namespace mcp {

class HttpEndpoint {
 public:
  struct Limits {
    std::size_t sessions = 1024;
    std::chrono::milliseconds session_idle_time{std::chrono::minutes(30)};
    std::size_t calls_of_principal = 64;
  };

  // What is given lives longer than the endpoint. `filter` sees every message before it leaves.
  HttpEndpoint(Server& server, HttpGuard& guard, HttpWatcher& watcher, Limits limits,
               std::function<std::string(std::string)> filter);

  HttpReply handle(HttpExchange& exchange);

  // Forgets the sessions that nobody used for too long.
  void expire_sessions() { sessions_.expire(); }
  std::size_t sessions() const { return sessions_.count(); }

  // Takes no new requests and ends the streams that only listen. What runs goes on, and what
  // belongs to it is still heard: cancellations, and answers to what was asked.
  void drain();
  // Waits until nothing runs; false when the time is over first.
  bool idle_within(std::chrono::milliseconds time);
  void cancel_all();

 private:
  // A request once its caller is known.
  struct Asked {
    HttpExchange& exchange;
    HttpCaller caller;

    const HttpRequest& request() const { return exchange.request; }
  };
  class Running;

  HttpReply post(Asked& asked);
  HttpReply dispatch(Asked& asked, Json&& message);
  HttpReply serve_described(Asked& asked, Json&& message);
  HttpReply open_session(Asked& asked, Json&& message);
  HttpReply serve_in_session(Asked& asked, Json&& message);
  HttpReply serve(Asked& asked, const std::shared_ptr<Running>& running, Json&& message,
                  HttpManner manner);
  void run(std::vector<Work> works, const std::shared_ptr<HttpStream>& stream,
           const std::shared_ptr<Running>& running);
  std::shared_ptr<void> watched(const std::shared_ptr<HttpStream>& stream, int fd);
  HttpReply listen(Asked& asked);
  HttpReply end_session(Asked& asked);
  HttpSessions::Use session_of(const Asked& asked);
  HttpReply without_session(const Asked& asked) const;
  HttpManner manner_for(const Asked& asked, bool is_modern) const;
  std::shared_ptr<Peer> peer_of(const Asked& asked);
  bool is_draining() const;

  Server& server_;
  HttpGuard& guard_;
  HttpWatcher& watcher_;
  const Limits limits_;
  const std::function<std::string(std::string)> filter_;
  const HeaderArguments header_arguments_;
  HttpSessions sessions_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable left_;
  bool draining_ = false;
  std::multiset<std::shared_ptr<Peer>> running_;
  std::map<std::string, std::shared_ptr<Allowance>> allowances_;  // by principal
  HttpThreads threads_;  // of calls; the last member, so that it is joined first
};

}  // namespace mcp
