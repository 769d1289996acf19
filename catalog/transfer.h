// One exchange under way on one lane: what it sends, what it has heard, and which clock is running.
// Made and run by `Transfers::perform` on the calling thread, and gone when that returns; libcurl
// calls back on the same thread, from within `run`.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/errors.h"
#include "catalog/lanes.h"
#include "catalog/response_head.h"
#include "catalog/transfers.h"
#include "catalog/url.h"

namespace catalog {

// The request's own header lines, one of them with the key; wiped when the exchange is over.
// libcurl reads the list in place.
class HeaderLines {
 public:
  explicit HeaderLines(const Exchange& exchange);
  ~HeaderLines();
  HeaderLines(const HeaderLines&) = delete;
  HeaderLines& operator=(const HeaderLines&) = delete;

  curl_slist* list() { return nodes_.data(); }

 private:
  // Ends the line begun at `start`: the text never moves, so the nodes may point into it.
  void end_line(std::size_t start);

  std::string text_;
  std::vector<curl_slist> nodes_;
};

class Transfer {
 public:
  Transfer(const Exchange& exchange, const Url& url, Lane& lane, const Redactor& redactor);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // To the end. Throws what `Transfers::perform` promises, and what the callbacks of the exchange
  // throw; the lane is then of no more use.
  Response run(const std::stop_token& stop);
  // Whether the exchange came to its own end, so that the lane's connection can carry another.
  bool connection_reusable() const { return reusable_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class Phase { connecting, sent, hearing, enough };
  struct Due {
    Clock::time_point when;
    const char* clause;  // with {0}: host:port and {1}: how long
    std::chrono::milliseconds limit;
  };

  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count,
                               void* self) noexcept;
  static std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count,
                              void* self) noexcept;
  static int on_request(void* self, char*, char*, int, int) noexcept;
  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept;

  template <typename Step>
  bool guarded(Step step) noexcept;
  void head_line(std::string_view line);
  void head_complete();
  void receive(std::string_view bytes);
  void deliver(std::string_view bytes);
  void heard(Heard what);

  void prepare();
  void prepare_method();
  void drive(const std::stop_token& stop);
  bool step(const std::stop_token& stop);
  void wait(Clock::time_point now);
  Due due() const;
  void check_clocks(Clock::time_point now) const;
  void conclude();
  [[noreturn]] void fail(CURLcode code) const;
  UpstreamError timed_out(const Due& clock) const;
  bool may_be_billed() const;
  std::string where() const;

  const Exchange& exchange_;
  const Url& url_;
  Lane& lane_;
  HeaderLines headers_;
  const Redactor& redactor_;
  RedactedStream clean_;  // the body
  bool uploads_;          // the request has a body, if only an empty one
  Response response_;
  HeadReader head_reader_{response_.head};
  std::exception_ptr failure_;  // what a callback threw, on its way around libcurl

  Phase phase_ = Phase::connecting;
  Clock::time_point started_;
  Clock::time_point since_;  // start of the phase; of the last event while hearing
  Clock::time_point next_wait_;
  std::size_t received_ = 0;
  bool request_begun_ = false;
  bool reusable_ = false;
  bool opened_socket_ = false;
  bool refused_address_ = false;
  int socket_error_ = 0;
};

}  // namespace catalog
