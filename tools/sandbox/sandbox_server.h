// The HTTP side of the sandbox: a server on a free port of 127.0.0.1, one thread per connection,
// which knows nothing of models or agents. `Sandbox` owns one; its handler runs on the connection's
// thread and may take as long as it likes. The rest of the sandbox sees only the types of this
// header, so the HTTP library is included in one file.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json_fwd.hpp"

namespace tools {

struct SandboxRequest {
  std::string method;  // "GET", "POST"
  std::string path;    // percent-decoded, without the query
  std::string origin;  // of this server: "http://127.0.0.1:PORT"
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names lower case
  std::vector<std::pair<std::string, std::string>> query;    // decoded

  // The first of that name, or "" when absent.
  std::string_view header(std::string_view lower_case_name) const;
  std::string_view parameter(std::string_view name) const;
};

// The way back while a body is streamed. Both return false when the client has hung up or the
// sandbox is ending: time to return.
class SandboxStream {
 public:
  virtual ~SandboxStream() = default;
  virtual bool send(std::string_view bytes) = 0;
  virtual bool wait(std::chrono::milliseconds time) = 0;
};

struct SandboxReply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // When set, writes a chunked body in place of `body`. Returning false breaks the connection off.
  std::function<bool(SandboxStream&)> stream;
};

// JSON as it goes over the wire; bytes that are no UTF-8 are replaced, so this never throws.
std::string json_text(const nlohmann::json& value);
SandboxReply json_reply(int status, const nlohmann::json& body);

class SandboxServer {
 public:
  using Handler = std::function<SandboxReply(const SandboxRequest&)>;

  // Listens at once. Throws std::runtime_error when 127.0.0.1 has no free port.
  explicit SandboxServer(Handler handler);
  ~SandboxServer();  // closes every connection, which ends the streams, and joins their threads
  SandboxServer(const SandboxServer&) = delete;
  SandboxServer& operator=(const SandboxServer&) = delete;

  std::string origin() const;  // "http://127.0.0.1:PORT"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tools
