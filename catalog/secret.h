// A key. It has no formatter, no stream operator and no conversion to string: the one way out is
// `reveal()`, which only the writer of an authorization header and the redactor call. Copies share
// one value, which is wiped with the last of them. Used by any thread.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace catalog {

// Where a key comes from that is read only when it is needed first.
struct SecretSource {
  // Whether there is anything to read; cheap, for it is asked often. Absent: yes.
  std::function<bool()> is_there;
  // Reads it, on the thread of the call that needs it. Throws Refused{unauthorized}, naming the
  // source and never the value, and Cancelled.
  std::function<std::string(const std::stop_token&)> read;
};

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  explicit Secret(SecretSource source);

  // There is no key, and nothing to read one from. Never waits.
  bool empty() const;
  // Reads the key from its source, once; what went wrong is remembered for a while, so that a
  // program that hangs is not started for each of many calls. Throws as `SecretSource::read`.
  void ask(const std::stop_token& stop) const;
  // "" before it was read.
  std::string_view reveal() const;
  // Calls `heard` with the value: now, or as soon as it is read and before anybody else has it. To
  // be called at start, before anybody asks.
  void when_read(std::function<void(std::string_view value)> heard) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A secret, the header it goes into, and the only origin ("https://host:port") it may be sent to.
struct Credential {
  std::string origin;
  std::string header = "Authorization";
  std::string prefix = "Bearer ";
  Secret secret;
};

}  // namespace catalog
