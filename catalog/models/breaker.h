// Keeps calls from a gateway that is down and from a key that is refused: after five failures in a
// row nothing is sent for half a minute, longer each time, then one call tries. The gateway as a
// whole and each model of it are judged apart, because one provider's outage is not the gateway's.
// `Attempts` owns one for each gateway, which has one key; any thread. Times are handed in.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "catalog/errors.h"

namespace catalog {

// What an attempt told about the gateway and the model.
enum class Verdict {
  alive,           // both answered, if only with a refusal of this one request
  gateway_failed,  // nothing came back, or a page of whatever stands before it
  model_failed,    // the gateway lives, whoever serves the model does not
  key_refused,
  unknown,  // the caller went away first
};

Verdict verdict_of(const UpstreamError& error);

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Breaker(std::string gateway) : gateway_(std::move(gateway)) {}

  // Lets an attempt begin, whose verdict must be told by `settle`. Throws UpstreamError with the
  // time to wait: unavailable, or unauthorized while a refused key is not tried again.
  void admit(const std::string& model, Time now);
  void settle(const std::string& model, Verdict verdict, Time now);

 private:
  struct Circuit {
    int failures = 0;  // in a row
    int opened = 0;    // times in a row
    Time open_until{};
    bool probing = false;  // one call tries whether it is over

    bool closed() const { return opened == 0; }
  };

  void require_key(Time now) const;
  void require_passage(const Circuit& circuit, std::string_view what, Time now) const;
  static void failed(Circuit& circuit, Time now);
  void settle_model(const std::string& model, Verdict verdict, Time now);

  const std::string gateway_;
  std::mutex mutex_;  // guards all below
  Circuit whole_;
  std::map<std::string, Circuit> models_;  // those that failed last
  Time key_refused_until_{};
};

}  // namespace catalog
