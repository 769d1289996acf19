#include "catalog/transfer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "catalog/addresses.h"
#include "catalog/transfer_errors.h"

namespace catalog {
namespace {

using namespace std::chrono_literals;

constexpr auto wait_interval = 250ms;
constexpr auto grace = 20ms;  // for a stream to end by itself once the consumer has enough
constexpr std::chrono::milliseconds longest_clock = 30 * 24h;  // keeps sums of times in range

// No interim answer is waited for before the body is sent.
constexpr std::string_view no_expect = "Expect:";

std::string spelled(std::chrono::milliseconds time) {
  if (time % 1s == 0ms) return fmt::format("{} s", time / 1s);
  return time < 1s ? fmt::format("{} ms", time.count())
                   : fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
}

// Rounded up, so that the time has come when a wait is over. The kernel may end a wait late by a
// thousandth of it, up to 100 ms: a long one is cut short, and the rest waited for by itself.
int milliseconds_until(std::chrono::steady_clock::time_point when,
                       std::chrono::steady_clock::time_point now) {
  const std::int64_t left = std::chrono::ceil<std::chrono::milliseconds>(when - now).count();
  const std::int64_t early = left > 5'000 ? std::min<std::int64_t>(left / 500, 200) : 0;
  return static_cast<int>(std::clamp<std::int64_t>(left - early, 0, 3'600'000));
}

std::string_view bytes_of(const char* bytes, std::size_t size, std::size_t count) {
  return {bytes, size * count};
}

bool carries_key(const Exchange& exchange) {
  return exchange.credential != nullptr && !exchange.credential->secret.empty();
}

std::size_t key_line_size(const Credential& credential) {
  return credential.header.size() + 2 + credential.prefix.size() +
         credential.secret.reveal().size() + 1;
}

// The easy handle in its multi handle. Leaving before the end closes the socket, however one
// leaves, and while the transfer that libcurl calls back still stands.
class Attached {
 public:
  explicit Attached(Lane& lane) : lane_(lane) { curl_multi_add_handle(lane.multi(), lane.easy()); }
  ~Attached() { curl_multi_remove_handle(lane_.multi(), lane_.easy()); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  Lane& lane_;
};

}  // namespace

HeaderLines::HeaderLines(const Exchange& exchange) {
  std::size_t size = no_expect.size() + 1;
  for (const std::string& line : exchange.headers) size += line.size() + 1;
  if (carries_key(exchange)) size += key_line_size(*exchange.credential);
  text_.reserve(size);
  nodes_.reserve(exchange.headers.size() + 2);
  text_ += no_expect;
  end_line(0);
  for (const std::string& line : exchange.headers) {
    const std::size_t start = text_.size();
    text_ += line;
    end_line(start);
  }
  if (!carries_key(exchange)) return;
  const std::size_t start = text_.size();
  text_.append(exchange.credential->header).append(": ").append(exchange.credential->prefix);
  text_.append(exchange.credential->secret.reveal());
  end_line(start);
}

HeaderLines::~HeaderLines() { explicit_bzero(text_.data(), text_.size()); }

void HeaderLines::end_line(std::size_t start) {
  text_ += '\0';
  nodes_.push_back({text_.data() + start, nullptr});
  if (nodes_.size() > 1) nodes_[nodes_.size() - 2].next = &nodes_.back();
}

Transfer::Transfer(const Exchange& exchange, const Url& url, Lane& lane, const Redactor& redactor)
    : exchange_(exchange),
      url_(url),
      lane_(lane),
      headers_(exchange),
      redactor_(redactor),
      clean_(redactor),
      uploads_(exchange.method == "POST" ||
               (exchange.method != "GET" && exchange.method != "HEAD" && !exchange.body.empty())) {}

Response Transfer::run(const std::stop_token& stop) try {
  prepare();
  drive(stop);
  lane_.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  lane_.may_idle = keep_alive(response_.head, Lanes::longest_idle);
  return std::move(response_);
} catch (UpstreamError& error) {
  // Thrown by whoever listens, who does not know what was sent.
  if (error.billed == Billed::no && may_be_billed()) error.billed = Billed::unknown;
  throw;
}

// Only what can differ from call to call; the rest was set when the lane was made.
void Transfer::prepare() {
  lane_.set(CURLOPT_URL, url_.text.c_str());
  lane_.set(CURLOPT_HTTPHEADER, headers_.list());
  lane_.set(CURLOPT_ACCEPT_ENCODING, exchange_.compressed ? "" : nullptr);
  lane_.set(CURLOPT_CONNECTTIMEOUT_MS,
            static_cast<long>(std::clamp(exchange_.clocks.connect, 1ms, longest_clock).count()));
  lane_.set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  lane_.set(CURLOPT_HEADERDATA, this);
  lane_.set(CURLOPT_WRITEFUNCTION, &Transfer::on_bytes);
  lane_.set(CURLOPT_WRITEDATA, this);
  lane_.set(CURLOPT_PREREQFUNCTION, &Transfer::on_request);
  lane_.set(CURLOPT_PREREQDATA, this);
  lane_.set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
  lane_.set(CURLOPT_OPENSOCKETDATA, this);
  prepare_method();
}

void Transfer::prepare_method() {
  const bool usual = exchange_.method == "GET" || exchange_.method == "POST";
  lane_.set(CURLOPT_HTTPGET, 1L);  // forgets the method before
  if (uploads_) {
    // Head and body leave in one packet this way; `on_request` is what keeps libcurl from sending
    // them again.
    lane_.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange_.body.size()));
    lane_.set(CURLOPT_POSTFIELDS, exchange_.body.c_str());
  }
  if (exchange_.method == "HEAD") lane_.set(CURLOPT_NOBODY, 1L);
  lane_.set(CURLOPT_CUSTOMREQUEST,
            usual || exchange_.method == "HEAD" ? nullptr : exchange_.method.c_str());
}

// A stop may come on any thread and at any moment: it only wakes the poll.
void Transfer::drive(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [multi = lane_.multi()] { curl_multi_wakeup(multi); });
  started_ = since_ = Clock::now();
  next_wait_ = started_ + wait_interval;
  const Attached attached(lane_);
  while (step(stop)) {
  }
}

// False when there is nothing left to do.
bool Transfer::step(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Cancelled();
  int running = 0;
  const CURLMcode code = curl_multi_perform(lane_.multi(), &running);
  if (failure_) std::rethrow_exception(failure_);
  if (code != CURLM_OK) throw UpstreamError(Kind::internal, curl_multi_strerror(code));
  if (running == 0) {
    conclude();
    return false;
  }
  const Clock::time_point now = Clock::now();
  if (phase_ == Phase::enough && now >= since_ + grace) return false;
  check_clocks(now);
  wait(now);
  return true;
}

void Transfer::wait(Clock::time_point now) {
  if (exchange_.on_wait && now >= next_wait_) {
    exchange_.on_wait();
    next_wait_ = now + wait_interval;
  }
  Clock::time_point until = due().when;
  if (exchange_.on_wait) until = std::min(until, next_wait_);
  const CURLMcode code =
      curl_multi_poll(lane_.multi(), nullptr, 0, milliseconds_until(until, now), nullptr);
  if (code != CURLM_OK) throw UpstreamError(Kind::internal, curl_multi_strerror(code));
}

// The clock that runs out first.
Transfer::Due Transfer::due() const {
  const auto from = [](Clock::time_point start, std::chrono::milliseconds limit,
                       const char* clause) {
    return Due{start + std::min(limit, longest_clock), clause, limit};
  };
  const Clocks& clocks = exchange_.clocks;
  const Due total = from(started_, clocks.total, "no complete answer from {0} within {1}");
  Due phase = total;
  switch (phase_) {
    case Phase::connecting:
      phase = from(since_, clocks.connect, "no connection to {0} within {1}");
      break;
    case Phase::sent:
      phase = from(since_, clocks.first_event, "no first event from {0} for {1}");
      break;
    case Phase::hearing:
      phase = from(since_, clocks.idle, "no event from {0} for {1}");
      break;
    case Phase::enough:
      return from(since_, grace, "");
  }
  return phase.when <= total.when ? phase : total;
}

void Transfer::check_clocks(Clock::time_point now) const {
  if (phase_ == Phase::enough) return;
  if (const Due clock = due(); now >= clock.when) throw timed_out(clock);
}

UpstreamError Transfer::timed_out(const Due& clock) const {
  UpstreamError error(Kind::timed_out,
                      fmt::format(fmt::runtime(clock.clause), where(), spelled(clock.limit)));
  error.status = response_.head.status;
  error.billed = may_be_billed() ? Billed::unknown : Billed::no;
  return error;
}

// libcurl is done with the exchange, one way or the other.
void Transfer::conclude() {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(lane_.multi(), &left);
  const CURLcode code = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
  reusable_ = code == CURLE_OK;
  if (const std::string_view rest = clean_.rest(); !rest.empty() && phase_ != Phase::enough) {
    deliver(rest);
  }
  if (code == CURLE_OK && !head_reader_.complete()) fail(CURLE_PARTIAL_FILE);
  if (code != CURLE_OK && phase_ != Phase::enough) fail(code);
}

void Transfer::fail(CURLcode code) const {
  if (refused_address_ && !opened_socket_) {
    throw Refused(Kind::forbidden, where() + " is not at a public address",
                  "Only addresses on the public internet are called on a stranger's word.");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) throw timed_out(due());
  Breakage breakage{code, url_.host, where()};
  breakage.status = response_.head.status;
  breakage.system_error = socket_error_;
  breakage.billed = may_be_billed() ? Billed::unknown : Billed::no;
  long number = 0;
  curl_easy_getinfo(lane_.easy(), CURLINFO_SSL_VERIFYRESULT, &breakage.verify_result);
  curl_easy_getinfo(lane_.easy(), CURLINFO_OS_ERRNO, &number);
  if (breakage.system_error == 0) breakage.system_error = static_cast<int>(number);
  throw error_of(breakage);
}

// Known not to have been bought: lookups, and whatever never got as far as a connection.
bool Transfer::may_be_billed() const {
  const bool lookup = exchange_.method == "GET" || exchange_.method == "HEAD";
  return !lookup && request_begun_;
}

std::string Transfer::where() const {
  const std::string origin = url_.origin();
  return origin.substr(origin.find("://") + 3);
}

void Transfer::head_line(std::string_view line) {
  const bool complete = redactor_.touches(line)
                            ? head_reader_.line(redactor_.redacted(std::string(line)))
                            : head_reader_.line(line);
  if (complete) head_complete();
}

void Transfer::head_complete() {
  if (!exchange_.on_body) heard(Heard::event);
  if (exchange_.on_head) exchange_.on_head(response_.head);
}

void Transfer::receive(std::string_view bytes) {
  if (phase_ == Phase::enough) return;
  if (!head_reader_.complete()) {
    head_reader_.end();
    head_complete();
  }
  received_ += bytes.size();
  if (received_ > exchange_.max_bytes) {
    UpstreamError error(Kind::malformed,
                        fmt::format("answer larger than {} bytes", exchange_.max_bytes));
    error.status = response_.head.status;
    error.billed = may_be_billed() ? Billed::unknown : Billed::no;
    throw error;
  }
  if (const std::string_view clean = clean_.feed(bytes); !clean.empty()) deliver(clean);
}

void Transfer::deliver(std::string_view bytes) {
  if (exchange_.on_body) return heard(exchange_.on_body(bytes));
  response_.body.append(bytes);
  heard(Heard::event);
}

void Transfer::heard(Heard what) {
  if (what == Heard::noise) return;
  phase_ = what == Heard::enough ? Phase::enough : Phase::hearing;
  since_ = Clock::now();
}

// No exception may cross libcurl's frames: it waits here until `step` is back in control.
template <typename Step>
bool Transfer::guarded(Step step) noexcept {
  try {
    step();
    return true;
  } catch (...) {
    failure_ = std::current_exception();
    return false;
  }
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count,
                                void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view line = bytes_of(bytes, size, count);
  return transfer.guarded([&] { transfer.head_line(line); }) ? line.size() : CURL_WRITEFUNC_ERROR;
}

std::size_t Transfer::on_bytes(char* bytes, std::size_t size, std::size_t count,
                               void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view piece = bytes_of(bytes, size, count);
  return transfer.guarded([&] { transfer.receive(piece); }) ? piece.size() : CURL_WRITEFUNC_ERROR;
}

// The connection stands and the request is about to go out. A second time means that libcurl found
// the first connection dead: only what cannot have been bought may be asked again.
int Transfer::on_request(void* self, char*, char*, int, int) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.may_be_billed()) return CURL_PREREQFUNC_ABORT;
  const auto& tell = transfer.exchange_.on_send;
  if (tell && !transfer.guarded(tell)) return CURL_PREREQFUNC_ABORT;
  transfer.request_begun_ = true;
  transfer.phase_ = Phase::sent;
  transfer.since_ = Clock::now();
  return CURL_PREREQFUNC_OK;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.exchange_.public_addresses_only && !is_public_address(address->addr)) {
    transfer.refused_address_ = true;
    return CURL_SOCKET_BAD;
  }
  const int socket = ::socket(address->family, address->socktype, address->protocol);
  if (socket < 0) {
    transfer.socket_error_ = errno;
    return CURL_SOCKET_BAD;
  }
  transfer.opened_socket_ = true;
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  return socket;
}

}  // namespace catalog
