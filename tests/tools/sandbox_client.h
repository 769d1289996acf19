// Speaks to a sandbox in the tests of it: bare requests over real HTTP, and a socket for what no
// client would do.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/transfers.h"
#include "tools/sandbox/sandbox.h"

namespace tests {

class SandboxClient {
 public:
  explicit SandboxClient(const tools::Sandbox& sandbox) : settings_(sandbox.gateway()) {}

  std::string origin() const { return settings_.credential.origin; }
  catalog::Transfers& transfers() { return transfers_; }

  catalog::Response get(const std::string& path, bool with_key = true);
  // POST of a body as it is; the path is below the origin.
  catalog::Response post(const std::string& path, const std::string& body,
                         std::vector<std::string> headers = {}, bool with_key = true);
  // A chat with one user message; `more` is merged into the request.
  catalog::Response chat(std::string_view model, std::string_view prompt,
                         const nlohmann::json& more = nlohmann::json::object());
  // The exchange of a streamed chat, for a caller that wants to watch or to stop it.
  catalog::Exchange streamed_chat(std::string_view model, std::string_view prompt) const;

 private:
  catalog::GatewaySettings settings_;
  catalog::Transfers transfers_;
};

// The data of the events of a stream, without "[DONE]".
std::vector<nlohmann::json> events(std::string_view body);

// A connection to 127.0.0.1, closed at the end of the scope.
class RawSocket {
 public:
  explicit RawSocket(const std::string& origin);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  void send(std::string_view bytes);
  // Reads until what arrived contains `text`, the peer closes, or 5 s are over; returns all of it.
  std::string read_until(std::string_view text);

 private:
  int fd_;
};

template <class Work>
std::chrono::milliseconds time_of(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               begin);
}

}  // namespace tests
