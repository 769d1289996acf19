// A fake upstream on a loopback socket. It records what it was asked and answers with whatever
// bytes the test writes, in whatever pieces, so that broken replies can be faked as exactly as good
// ones.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tests {

struct UpstreamRequest {
  std::string method;
  std::string target;                                        // path and query
  std::vector<std::pair<std::string, std::string>> headers;  // names lower case
  std::string body;

  std::string header(std::string_view lower_case_name) const;
};

// The way back on one connection.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  // False once the peer is gone.
  bool send(std::string_view bytes);
  // A whole response with Content-Length.
  bool reply(int status, std::string_view content_type, std::string_view body,
             std::string_view extra_headers = {});
  // The head of a chunked response; then `chunk` any number of times, then `last_chunk`.
  bool begin_chunks(int status, std::string_view content_type, std::string_view extra_headers = {});
  bool chunk(std::string_view bytes);
  bool last_chunk();
  // Waits until the peer closes (true) or the time is over (false).
  bool closed_within(std::chrono::milliseconds time);
  // Ends the connection after the handler returns (also by RST when `reset`).
  void hang_up(bool reset = false);

  bool hung_up = false;

 private:
  int fd_;
};

// A socket that listens on a free port of loopback. Throws when there is none.
int listener_on_loopback(int& port);

class Upstream {
 public:
  using Handler = std::function<void(const UpstreamRequest&, Wire&)>;

  explicit Upstream(Handler handler);
  ~Upstream();  // closes every connection and joins

  std::string url() const;  // "http://127.0.0.1:PORT"
  int port() const { return port_; }
  std::vector<UpstreamRequest> requests() const;
  std::size_t connections() const { return connections_; }

 private:
  void accept_loop();
  void serve(int fd);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<std::size_t> connections_{0};
  mutable std::mutex mutex_;  // guards requests_, open_, threads_
  std::vector<UpstreamRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tests
