// Who may speak to the server at all, decided from a request's head before its body is read: the
// right `Host` and `Origin` (a web page in the user's browser can reach loopback too), and a valid
// bearer token where tokens are configured (sections "Streamable HTTP", "Security"). Used by any
// thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mcp/http/reply.h"
#include "mcp/http/socket.h"

namespace mcp {

// The name of who holds a token; nothing when the token is not valid (any more).
using PrincipalOf = std::function<std::optional<std::string>(const std::string& token)>;

struct HttpCaller {
  std::string principal;  // "" where everybody may call
  std::string token;
};

class HttpGuard {
 public:
  struct Allowed {
    std::vector<std::string>
        hosts;  // beside the names of loopback: "mcp.example.com", "10.0.0.2:80"
    std::vector<std::string> origins;  // beside ours on loopback: "https://app.example.com"
    PrincipalOf principal_of;          // empty: everybody may call
  };

  // `host`, `port`: where the server listens.
  HttpGuard(Allowed allowed, const std::string& host, int port);

  // What to answer instead of serving the request; nothing when it may be served, and by whom it
  // is.
  std::optional<HttpReply> refuses(const HttpRequest& request, HttpCaller& caller);
  // Whether the token is still valid.
  bool still_allows(const HttpCaller& caller) const;

 private:
  bool allows_host(const std::string& host) const;
  bool allows_origin(const std::string& origin) const;
  std::optional<HttpReply> refuses_token(const HttpRequest& request, HttpCaller& caller);
  bool fails_too_often(const std::string& address);

  struct Failures {
    HttpTime since;
    int count = 0;
  };

  const Allowed allowed_;
  std::vector<std::string> hosts_;
  std::vector<std::string> origins_;
  std::mutex mutex_;  // guards failures_
  std::map<std::string, Failures> failures_;
};

// Whether an address to listen on is reachable from this machine only.
bool is_loopback(const std::string& host);

}  // namespace mcp
