#include "catalog/models/attempts.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds heartbeat{250};  // the listener counts on hearing something

double chance() {
  static thread_local std::minstd_rand random(std::random_device{}());
  return std::uniform_real_distribution<>(0, 1)(random);
}

std::string waiting_text(const AttemptedCall& call, const UpstreamError& error,
                         milliseconds delay) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(delay).count();
  return fmt::format("waiting {} s for {}: {}", seconds, call.gateway, name(error.kind));
}

// Throws Cancelled.
void wait(const AttemptedCall& call, const UpstreamError& error, milliseconds delay) {
  const auto until = steady_clock::now() + delay;
  const std::string text = waiting_text(call, error, delay);
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  for (auto now = steady_clock::now(); now < until; now = steady_clock::now()) {
    call.listener.alive(text);
    never.wait_until(lock, call.stop, std::min(until, now + heartbeat), [] { return false; });
    if (call.stop.stop_requested()) throw Cancelled();
  }
}

void say_how_often(UpstreamError& error, int made) {
  if (made > 1) error.what_happened += fmt::format(" ({} attempts)", made);
}

}  // namespace

Answer Attempts::once(const AttemptedCall& call, const Attempt& attempt, milliseconds left) {
  if (!pace_.gives_up) return attempt(left);
  breaker_.admit(call.model, steady_clock::now());
  Verdict verdict = Verdict::unknown;
  struct Settled {  // however it ends
    Breaker& breaker;
    const std::string& model;
    const Verdict& verdict;
    ~Settled() { breaker.settle(model, verdict, steady_clock::now()); }
  } settled{breaker_, call.model, verdict};
  try {
    Answer answer = attempt(left);
    verdict = Verdict::alive;
    return answer;
  } catch (const UpstreamError& error) {
    verdict = verdict_of(error);
    throw;
  }
}

Answer Attempts::run(const AttemptedCall& call, const Attempt& attempt) {
  const auto until = steady_clock::now() + call.total;
  const auto left = [&] {
    return std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
  };
  int spent = 0;
  for (int made = 1;; ++made) {
    std::optional<Retry> retry;
    std::optional<UpstreamError> failure;
    try {
      Answer answer = once(call, attempt, made == 1 ? call.total : left());
      quota_.succeeded(spent);
      return answer;
    } catch (UpstreamError& error) {
      retry = retry_of(error, made, left(), pace_, chance());
      if (retry && !quota_.take(retry->price)) retry.reset();
      if (!retry) {
        say_how_often(error, made);
        throw;
      }
      failure = error;
    }
    spent += retry->price;
    if (call.on_retry) call.on_retry();
    wait(call, *failure, retry->delay);
  }
}

}  // namespace catalog
