// Runs a model call, again where that is safe and likely to help, and not at all while the gateway
// is known to be down: the one owner of retries. Each gateway has one; its `invoke` hands it the
// call on the call's own thread, where it waits too.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "catalog/answer.h"
#include "catalog/models/breaker.h"
#include "catalog/models/retry.h"

namespace catalog {

struct AttemptedCall {
  std::string gateway;  // for the texts
  std::string model;
  std::chrono::milliseconds total;  // for all attempts together
  const Listener& listener;
  std::stop_token stop;
  // Another attempt follows one that certainly was not billed; heard before the wait for it.
  std::function<void()> on_retry{};
};

class Attempts {
 public:
  // One request and what came of it; `time_left` is what its total clock may be.
  using Attempt = std::function<Answer(std::chrono::milliseconds time_left)>;

  Attempts(std::string gateway, RetryPace pace) : breaker_(std::move(gateway)), pace_(pace) {}

  // The first answer. Throws the last failure, Cancelled, and what the breaker throws.
  Answer run(const AttemptedCall& call, const Attempt& attempt);

 private:
  Answer once(const AttemptedCall& call, const Attempt& attempt, std::chrono::milliseconds left);

  Breaker breaker_;
  RetryQuota quota_;
  const RetryPace pace_;
};

}  // namespace catalog
