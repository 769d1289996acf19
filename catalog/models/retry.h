// Whether a model call that failed is sent again, and when: the one table that decides it, for
// whichever gateway. `Attempts` asks it on the call's own thread. Nothing that may have been billed
// is ever sent twice, and an outage is not made worse by those who ask again.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "catalog/errors.h"

namespace catalog {

// How patiently a gateway is asked again. Tests hurry.
struct RetryPace {
  double scale = 1;  // of our own delays, not of those the gateway asks for
  std::chrono::milliseconds longest{20'000};  // whoever asks for more is not waited for
  int most = 2;                               // retries of one call, whatever the reasons
  bool gives_up = true;                       // what keeps failing is left alone for a while
};

struct Retry {
  std::chrono::milliseconds delay;
  int price;  // what it takes from the quota
};

// Decides after the `made`-th attempt (1 is the first) failed with `error`, with `time_left` until
// the call must be over. `chance` is from 0 to 1 and spreads the delays, so that those who failed
// together do not come back together. Nothing: the failure stands.
std::optional<Retry> retry_of(const UpstreamError& error, int made,
                              std::chrono::milliseconds time_left, const RetryPace& pace,
                              double chance);

// What all calls of one gateway together may spend on asking again: 500 at most, given back by
// success. Any thread.
class RetryQuota {
 public:
  // False, and nothing is taken, when there is less.
  bool take(int price);
  // A call ended well, after retries that took `price` in all.
  void succeeded(int price);

 private:
  static constexpr int full = 500;

  std::mutex mutex_;  // guards left_
  int left_ = full;
};

}  // namespace catalog
