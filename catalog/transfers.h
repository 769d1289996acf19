// What moves bytes upstream: one blocking HTTP exchange over libcurl, driven by the calling thread.
//
// Any number of threads may call `perform` at once. Each borrows a lane (a curl multi handle with
// its warm connection) from a last-in-first-out pool kept per origin and credential, so the warmest
// connection is used first and two keys never share one. A stop token cancels by waking the lane's
// poll; the transfer is then removed, which closes its socket.
//
// Nothing that may have been billed is ever sent twice: libcurl's own second attempt on a
// connection that turned out dead is refused, redirects are off, and there is no retry here.
//
// A key that is read only when it is needed is read here, before the connection is made.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/redactor.h"
#include "catalog/secret.h"

namespace catalog {

// Separate clocks, all monotonic. `idle` runs from the last event the consumer recognised, not from
// the last byte: keep-alive comments prove only that the gateway lives.
struct Clocks {
  std::chrono::milliseconds connect{10'000};       // name, TCP and TLS together
  std::chrono::milliseconds first_event{120'000};  // from sending until the first event
  std::chrono::milliseconds idle{60'000};          // between events after the first
  std::chrono::milliseconds total{600'000};
};

// What the consumer of a body made of the bytes it was handed.
enum class Heard {
  noise,   // keep-alive, or part of an event: resets no clock
  event,   // progress: resets the idle clock
  enough,  // complete; the rest of the stream is of no interest
};

struct ResponseHead {
  int status = 0;
  std::string content_type;  // media type only, lower case, without parameters
  std::vector<std::pair<std::string, std::string>>
      headers;  // names lower case, in order of arrival

  // The first header of that (lower-case) name, or "" when absent.
  std::string_view header(std::string_view lower_case_name) const;
};

struct Exchange {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;        // "Name: value"; never a secret
  const Credential* credential = nullptr;  // sent only when the url has the credential's origin
  std::string body;                        // sent with POST
  std::size_t max_bytes = std::size_t{64} << 20;  // decoded bytes of the response body
  Clocks clocks;
  bool compressed = false;             // offer the encodings libcurl can decode
  bool public_addresses_only = false;  // refuse loopback, private, link-local … at connect time

  // All of these run on the calling thread. What they throw is rethrown by `perform`.
  std::function<void()> on_send;                         // before the first byte of the request
  std::function<void(const ResponseHead&)> on_head;      // before the first body byte
  std::function<Heard(std::string_view bytes)> on_body;  // absent: the body is collected
  std::function<void()> on_wait;                         // about four times a second, while waiting
};

struct Response {
  ResponseHead head;
  std::string body;  // only when the exchange had no `on_body`
};

class Transfers {
 public:
  Transfers();
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // Runs the exchange to its end. A status of 400 and more is a response, not an error.
  // Throws Cancelled when `stop` is requested, UpstreamError (unavailable, timed_out, truncated,
  // malformed; `billed` unknown once a body was sent) when the bytes could not be moved, Refused
  // when the url is not http(s), when the key cannot be read, when a key would go to another origin
  // than its own or in the clear to somewhere off this machine, when a header holds a line break,
  // and when an address is not public though it has to be. A connection is used again only after an
  // exchange that ended well.
  Response perform(const Exchange& exchange, std::stop_token stop);

  // Proxy variables of the environment are ignored unless this is set, before the first `perform`;
  // loopback and `public_addresses_only` are always reached directly.
  void use_env_proxy(bool yes);
  // A CA bundle (PEM) in place of the system's; empty: the system's.
  void use_ca_file(std::string path);
  // Takes our keys out of what upstreams answer, heads too, before anybody sees it: so that no cut
  // through a text and no file can hold half of one. Outlives this; set before the first `perform`.
  void use_redactor(const Redactor& redactor);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace catalog
