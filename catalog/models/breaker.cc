#include "catalog/models/breaker.h"

#include <fmt/format.h>

#include <algorithm>

namespace catalog {
namespace {

using std::chrono::seconds;

constexpr int most_failures = 5;
constexpr std::size_t most_models = 256;
constexpr seconds first_open{30};
constexpr seconds longest_open{300};
constexpr seconds key_latch{60};

// Within a fifth of the time, spread by the moment it happens at.
std::chrono::milliseconds spread(seconds time, Breaker::Time now) {
  const auto chance = now.time_since_epoch().count() / 1000 % 401;  // 0 to 400
  return std::chrono::milliseconds(time.count() * (800 + chance));
}

UpstreamError closed_until(Kind kind, std::string happened, std::string advice, Breaker::Time until,
                           Breaker::Time now) {
  UpstreamError error(kind, std::move(happened));
  error.advice = std::move(advice);
  error.retry_after = std::max(std::chrono::ceil<seconds>(until - now), seconds(1));
  error.retryable = false;  // by us; the caller may
  return error;
}

// A reply that the gateway did not write: the edge before it spoke.
bool is_page(const UpstreamError& error) {
  return error.status >= 500 && error.provider_message.empty();
}

}  // namespace

Verdict verdict_of(const UpstreamError& error) {
  if (error.kind == Kind::unauthorized && error.provider.empty()) return Verdict::key_refused;
  if (error.kind == Kind::unavailable) {
    return error.status == 0 || is_page(error) ? Verdict::gateway_failed : Verdict::model_failed;
  }
  if (error.kind == Kind::timed_out) {
    const bool connected = error.status != 0 || error.billed != Billed::no;
    return connected ? Verdict::model_failed : Verdict::gateway_failed;
  }
  return Verdict::alive;
}

void Breaker::require_key(Time now) const {
  if (now >= key_refused_until_) return;
  throw closed_until(
      Kind::unauthorized,
      fmt::format("{} refused the key a moment ago; it was not asked again", gateway_),
      "The user must correct the key.", key_refused_until_, now);
}

void Breaker::require_passage(const Circuit& circuit, std::string_view what, Time now) const {
  if (circuit.closed() || (now >= circuit.open_until && !circuit.probing)) return;
  throw closed_until(
      Kind::unavailable,
      fmt::format("{} failed {} times in a row, so nothing was sent", what, circuit.failures),
      "Retry then, or call another model.", std::max(circuit.open_until, now), now);
}

void Breaker::admit(const std::string& model, Time now) {
  std::lock_guard lock(mutex_);
  require_key(now);
  require_passage(whole_, gateway_, now);
  const auto known = models_.find(model);
  if (known != models_.end()) {
    require_passage(known->second, fmt::format("{} at {}", model, gateway_), now);
    known->second.probing = !known->second.closed();
  }
  whole_.probing = !whole_.closed();
}

void Breaker::failed(Circuit& circuit, Time now) {
  ++circuit.failures;
  circuit.probing = false;
  if (circuit.failures < most_failures || now < circuit.open_until) return;
  const seconds time = std::min(first_open * (1 << std::min(circuit.opened, 4)), longest_open);
  circuit.open_until = now + spread(time, now);
  ++circuit.opened;
}

void Breaker::settle_model(const std::string& model, Verdict verdict, Time now) {
  const auto known = models_.find(model);
  if (verdict == Verdict::alive) {
    if (known != models_.end()) models_.erase(known);
  } else if (verdict == Verdict::model_failed) {
    if (known == models_.end() && models_.size() >= most_models) models_.erase(models_.begin());
    failed(models_[model], now);
  } else if (known != models_.end()) {
    known->second.probing = false;
  }
}

void Breaker::settle(const std::string& model, Verdict verdict, Time now) {
  std::lock_guard lock(mutex_);
  settle_model(model, verdict, now);
  switch (verdict) {
    case Verdict::gateway_failed:
      return failed(whole_, now);
    case Verdict::key_refused:
      key_refused_until_ = now + key_latch;
      [[fallthrough]];
    case Verdict::alive:
    case Verdict::model_failed:
      whole_ = Circuit();
      return;
    case Verdict::unknown:
      whole_.probing = false;
  }
}

}  // namespace catalog
