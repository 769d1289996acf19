// Accepts connections on one address and serves each on a thread of its own, so that a slow one
// holds up nobody. Knows nothing of HTTP but the answer for those it has no room for.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "mcp/http/socket.h"
#include "mcp/http/threads.h"
#include "mcp/http/wake.h"

namespace mcp {

struct HttpAddress {
  std::string host;  // a literal, or "localhost"
  int port = 0;      // 0: any free one
};

class HttpListener {
 public:
  // Called on the connection's thread; the connection ends when it returns.
  using Serve = std::function<void(HttpSocket&)>;

  // Listens at once. Throws std::runtime_error, written for the user, when the address cannot be
  // had.
  HttpListener(const HttpAddress& address, std::size_t most_connections);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  int port() const { return port_; }
  // Accepts connections from now on; called once.
  void start(Serve serve);
  // Accepts nothing more, ends every connection and joins their threads.
  void stop();

 private:
  using Socket = std::shared_ptr<HttpSocket>;

  void accept_all();
  void accept_one();
  bool enter(const Socket& socket);
  void leave(const Socket& socket);
  void turn_away(const Socket& socket);
  void close_turned_away();

  const std::size_t most_connections_;
  const int listener_;
  const int port_;
  Serve serve_;
  HttpWake wake_;
  std::thread acceptor_;
  // Refused for want of room, kept open for a moment so that they can read why. The acceptor's own.
  std::list<std::pair<HttpTime, Socket>> turned_away_;

  std::mutex mutex_;  // guards everything below
  bool ending_ = false;
  std::set<Socket> open_;
  HttpThreads threads_;
};

}  // namespace mcp
