#include "catalog/models/retry.h"

#include <algorithm>

namespace catalog {
namespace {

using std::chrono::milliseconds;

struct Row {
  bool (*applies)(const UpstreamError& error);
  int most;            // retries for this reason
  milliseconds least;  // the delay is between this …
  milliseconds first;  // … and this before the first retry
  milliseconds cap;    // … which doubles each time, up to this
  int price;
};

// No connection was made, so nothing was sent.
bool unreachable(const UpstreamError& error) {
  return error.status == 0 && error.kind == Kind::unavailable;
}
// The same, but it took all the time there was to find out.
bool unreachable_in_time(const UpstreamError& error) {
  return error.status == 0 && error.kind == Kind::timed_out;
}
bool throttled(const UpstreamError& error) {
  return error.kind == Kind::rate_limited ||
         (error.kind == Kind::out_of_credit && error.retryable == true);
}
bool overloaded(const UpstreamError& error) {
  return error.status == 529 && error.kind == Kind::unavailable;
}
// An error reply of the gateway: it was written instead of an answer.
bool failed(const UpstreamError& error) {
  return error.status >= 500 && error.kind == Kind::unavailable;
}
bool promised(const UpstreamError& error) { return error.retryable == true; }

using namespace std::chrono_literals;

// The first row that applies counts.
constexpr Row rows[] = {
    {unreachable, 2, 0ms, 50ms, 1000ms, 14},  {unreachable_in_time, 1, 0ms, 50ms, 1000ms, 14},
    {throttled, 2, 0ms, 1000ms, 20'000ms, 5}, {overloaded, 1, 1000ms, 4000ms, 4000ms, 14},
    {failed, 1, 500ms, 2000ms, 2000ms, 14},   {promised, 1, 500ms, 2000ms, 2000ms, 14},
};

milliseconds own_delay(const Row& row, int made, double chance, double scale) {
  const milliseconds most = std::min(row.first * (1 << (made - 1)), row.cap);
  const double spread = static_cast<double>((most - row.least).count()) * chance;
  return milliseconds(
      static_cast<std::int64_t>((static_cast<double>(row.least.count()) + spread) * scale));
}

bool may_be_sent_again(const UpstreamError& error) {
  return error.billed == Billed::no && error.partial_text.empty() && error.retryable != false;
}

}  // namespace

std::optional<Retry> retry_of(const UpstreamError& error, int made, milliseconds time_left,
                              const RetryPace& pace, double chance) {
  if (!may_be_sent_again(error)) return std::nullopt;
  const auto row = std::find_if(std::begin(rows), std::end(rows),
                                [&](const Row& each) { return each.applies(error); });
  if (row == std::end(rows) || made > std::min(row->most, pace.most)) return std::nullopt;
  const milliseconds asked = error.retry_after.value_or(0s);
  const milliseconds delay = std::max(asked, own_delay(*row, made, chance, pace.scale));
  if (asked > pace.longest || delay >= time_left) return std::nullopt;
  return Retry{delay, row->price};
}

bool RetryQuota::take(int price) {
  std::lock_guard lock(mutex_);
  if (left_ < price) return false;
  left_ -= price;
  return true;
}

void RetryQuota::succeeded(int price) {
  std::lock_guard lock(mutex_);
  left_ = std::min(full, left_ + price + 1);
}

}  // namespace catalog
