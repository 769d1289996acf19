#include "catalog/transfers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "catalog/errors.h"
#include "catalog/lanes.h"
#include "catalog/transfer.h"
#include "catalog/url.h"

namespace catalog {
namespace {

bool breaks_line(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void check_method(const std::string& method) {
  const bool legal =
      std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (method.empty() || !legal) {
    throw Refused(Kind::invalid_arguments, "the HTTP method is not a word in capitals");
  }
}

void check_headers(const Exchange& exchange) {
  for (const std::string& line : exchange.headers) {
    if (breaks_line(line)) {
      throw Refused(Kind::invalid_arguments, "a request header holds a line break");
    }
  }
}

void check_credential(const Credential& credential, const Url& url, const std::stop_token& stop) {
  if (credential.secret.empty()) return;  // nothing to protect, nothing is sent
  if (url.origin() != credential.origin) {
    throw Refused(Kind::forbidden,
                  fmt::format("the key of {} is not sent to {}", credential.origin, url.origin()),
                  "A key goes only to the origin it was configured for.");
  }
  if (url.scheme != "https" && !is_loopback(url.host)) {
    throw Refused(Kind::forbidden, fmt::format("no key is sent to {} in the clear", url.origin()),
                  "Use https, or remove the key.");
  }
  credential.secret.ask(stop);
  if (breaks_line(credential.secret.reveal()) || breaks_line(credential.prefix) ||
      breaks_line(credential.header)) {
    throw Refused(Kind::invalid_arguments,
                  "the key, or the header it goes into, holds a line break");
  }
}

// Nearly all calls go to the same place, and to parse it is a thirtieth of the work of a call.
class LastUrl {
 public:
  std::optional<Url> parsed(const std::string& text) {
    {
      const std::lock_guard lock(mutex_);
      if (url_ && text == text_) return url_;
    }
    std::optional<Url> url = parse_url(text);
    const std::lock_guard lock(mutex_);
    text_ = text;
    return url_ = std::move(url);
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::string text_;
  std::optional<Url> url_;
};

Url checked_url(LastUrl& last, const Exchange& exchange, const std::stop_token& stop) {
  std::optional<Url> url = last.parsed(exchange.url);
  if (!url) {
    throw Refused(Kind::invalid_arguments, "the URL is not an absolute http or https URL",
                  "It must read http://host/path or https://host/path, without user information.");
  }
  if (exchange.credential != nullptr) check_credential(*exchange.credential, *url, stop);
  return *std::move(url);
}

}  // namespace

struct Transfers::State {
  LaneSettings settings;
  Redactor nothing;  // is redacted, unless somebody says what
  const Redactor* redactor = &nothing;
  Lanes lanes;
  LastUrl last_url;
};

// libcurl would write the secrets of every TLS connection into the file that SSLKEYLOGFILE names.
// Transfers are made before the program has a second thread, so the environment may be changed
// here.
Transfers::Transfers() : state_(std::make_unique<State>()) {
  if (std::getenv("SSLKEYLOGFILE") != nullptr) ::unsetenv("SSLKEYLOGFILE");
}

Transfers::~Transfers() = default;

Response Transfers::perform(const Exchange& exchange, std::stop_token stop) {
  if (stop.stop_requested()) throw Cancelled();
  check_method(exchange.method);
  check_headers(exchange);
  const Url url = checked_url(state_->last_url, exchange, stop);
  std::unique_ptr<Lane> lane = state_->lanes.take(state_->settings, url, exchange);
  Transfer transfer(exchange, url, *lane, *state_->redactor);
  Response response = transfer.run(stop);
  if (transfer.connection_reusable()) state_->lanes.give_back(std::move(lane));
  return response;
}

void Transfers::use_env_proxy(bool yes) { state_->settings.use_env_proxy = yes; }

void Transfers::use_ca_file(std::string path) { state_->settings.ca_file = std::move(path); }

void Transfers::use_redactor(const Redactor& redactor) { state_->redactor = &redactor; }

}  // namespace catalog
