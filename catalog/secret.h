// A key. It has no formatter, no stream operator and no conversion to string: the one way out is
// `reveal()`, which only the writer of an authorization header and the redactor call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace catalog {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();

  bool empty() const { return value_.empty(); }
  std::string_view reveal() const { return value_; }

 private:
  std::string value_;
};

// A secret, the header it goes into, and the only origin ("https://host:port") it may be sent to.
struct Credential {
  std::string origin;
  std::string header = "Authorization";
  std::string prefix = "Bearer ";
  Secret secret;
};

// Replaces known secrets in text that leaves the process. Filled at start, then read by any thread.
// Secrets shorter than 16 characters are not redacted: local gateways take "x" as a key.
class Redactor {
 public:
  void add(const Secret& secret);
  // `text` with every known secret replaced by "[redacted]".
  std::string redacted(std::string text) const;
  // Whether anything in `text` would be replaced; cheap enough for every line that is written.
  bool touches(std::string_view text) const;

 private:
  std::vector<Secret> secrets_;
};

}  // namespace catalog
