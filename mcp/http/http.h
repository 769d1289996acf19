// MCP over Streamable HTTP: one endpoint, /mcp, for both eras, and a health listener of its own.
//
// Each connection has a thread, and so has each call. One more watches for clients that hang up.
// Meant for loopback, or behind a proxy that ends TLS.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "mcp/http/endpoint.h"
#include "mcp/http/guard.h"
#include "mcp/http/server.h"
#include "mcp/http/watcher.h"
#include "mcp/server.h"

namespace mcp {

struct HttpOptions {
  HttpAddress address{"127.0.0.1", 8931};
  std::optional<HttpAddress> health;  // GET /healthz: it lives; GET /readyz: it takes calls
  HttpGuard::Allowed allowed;
  HttpLimits limits;
  HttpEndpoint::Limits endpoint;
  std::chrono::milliseconds drain_time{20'000};    // for running calls, once it is told to stop
  std::function<std::string(std::string)> filter;  // sees every message before it leaves
};

class Http {
 public:
  // Listens at once. Throws std::runtime_error, written for the user, when an address cannot be
  // had, or when it can be reached from elsewhere and nobody has to show a token.
  Http(Server& server, HttpOptions options);
  ~Http();

  std::string url() const;
  std::string health_url() const;  // "" when off

  // Serves until `stop`; then running calls get their time, and are cancelled after it. Returns the
  // exit status.
  int run();
  // May be called from a signal handler.
  void stop() { stop_.wake(); }

 private:
  HttpReply answer_health(const HttpRequest& request) const;
  void settle();

  const HttpOptions options_;
  std::atomic<bool> ready_{true};
  HttpWake stop_;
  HttpServer listener_;
  HttpGuard guard_;
  HttpWatcher watcher_;
  HttpEndpoint endpoint_;
  std::optional<HttpServer> health_;
};

}  // namespace mcp
