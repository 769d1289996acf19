// MCP over HTTP for tests: a server in this process with a handful of tools, and a client on a raw
// socket, which sends exactly the bytes it is told to.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "mcp/http/http.h"

namespace tests {

using Milliseconds = std::chrono::milliseconds;

struct HttpAnswer {
  int status = 0;                              // 0: none came
  std::map<std::string, std::string> headers;  // names lower case
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  int error_code() const;  // of a JSON-RPC error; 0: none
};

class HttpClient {
 public:
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool send(std::string_view bytes);
  // The next answer, whole.
  HttpAnswer answer(Milliseconds time = std::chrono::seconds(5));
  HttpAnswer ask(std::string_view request) { return send(request), answer(); }
  // The status and headers of the next answer; its body is still to come.
  HttpAnswer head(Milliseconds time = std::chrono::seconds(5));
  // The next message of a stream; null when it has ended or the time is over.
  nlohmann::json event(Milliseconds time = std::chrono::seconds(5));
  bool stream_ended() const { return stream_ended_; }
  // Whether the server ends the connection within that time.
  bool closed_within(Milliseconds time);
  void hang_up();
  void half_close();   // sends nothing more, but still reads
  void take_little();  // has little room for what it does not read

 private:
  bool fill(std::chrono::steady_clock::time_point until);
  std::optional<std::string> take_until(std::string_view end,
                                        std::chrono::steady_clock::time_point until);
  std::optional<std::string> chunk(std::chrono::steady_clock::time_point until);

  int fd_;
  std::string buffer_;
  std::string events_;
  bool stream_ended_ = false;
  bool closed_ = false;
};

// What the tools of the rig saw.
struct Seen {
  std::atomic<int> started{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> finished{0};
  std::atomic<bool> release{false};  // lets `wait` return
};

class HttpRig {
 public:
  // `options.address` becomes a free port of loopback.
  explicit HttpRig(mcp::HttpOptions options = {});
  ~HttpRig();

  int port() const { return port_; }
  int health_port() const { return health_port_; }
  mcp::Server& server() { return server_; }
  mcp::Http& http() { return *http_; }
  // Ends it as a signal does, and returns the exit status.
  int end();

  std::string post(std::string_view body, std::string_view headers = {}) const;
  std::string request(std::string_view method, std::string_view headers = {}) const;
  // A modern request, with the headers that belong to it.
  std::string modern(int id, const std::string& method,
                     nlohmann::json params = nlohmann::json::object(),
                     std::string_view headers = {}) const;
  std::string call(int id, const std::string& tool,
                   nlohmann::json params = nlohmann::json::object()) const;
  // Opens a session with that revision and returns its id.
  std::string open_session(const std::string& version = "2025-11-25",
                           const std::string& capabilities = "{}") const;
  std::string in_session(const std::string& session, std::string_view body,
                         std::string_view headers = {}) const;

  Seen seen;

 private:
  mcp::Features features();

  mcp::Server server_;
  std::unique_ptr<mcp::Http> http_;
  int port_ = 0;
  int health_port_ = 0;
  std::thread runner_;
  int status_ = -1;
};

// Polls until it holds or the time is over.
template <class Condition>
bool becomes(Condition holds, Milliseconds time = std::chrono::seconds(5)) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(Milliseconds(1));
  }
  return true;
}

inline constexpr const char* initialize_body =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"t","version":"1"}}})";
inline constexpr const char* ping_body = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

}  // namespace tests
