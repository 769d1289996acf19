#include "catalog/secret.h"

#include <string.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "catalog/errors.h"

namespace catalog {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds not_asked_again_for{10};

}  // namespace

struct Secret::State {
  ~State() { explicit_bzero(value.data(), value.size()); }

  void keep(std::string read);

  SecretSource source;
  std::vector<std::function<void(std::string_view)>> listeners;  // complete before anybody asks
  std::string value;  // written before `known` is, and never after
  std::atomic<bool> known = false;

  std::mutex mutex;  // guards asking
  std::condition_variable_any changed;
  bool asking = false;
  // Touched by the one who asks:
  std::optional<Refused> problem;
  steady_clock::time_point problem_at;
};

void Secret::State::keep(std::string read) {
  value = std::move(read);
  for (const auto& heard : listeners) heard(value);
  known.store(true, std::memory_order_release);
}

namespace {

// One thread asks, the others wait for what comes of it.
template <class State>
class Turn {
 public:
  Turn(State& state, const std::stop_token& stop) : state_(state) {
    std::unique_lock lock(state_.mutex);
    if (!state_.changed.wait(lock, stop, [&] { return !state_.asking; })) throw Cancelled();
    state_.asking = true;
  }
  ~Turn() {
    {
      const std::lock_guard lock(state_.mutex);
      state_.asking = false;
    }
    state_.changed.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  State& state_;
};

}  // namespace

Secret::Secret(std::string value) {
  if (value.empty()) return;
  state_ = std::make_shared<State>();
  state_->keep(std::move(value));
}

Secret::Secret(SecretSource source) : state_(std::make_shared<State>()) {
  state_->source = std::move(source);
}

bool Secret::empty() const {
  if (!state_) return true;
  if (state_->known.load(std::memory_order_acquire)) return false;
  return state_->source.is_there && !state_->source.is_there();
}

void Secret::ask(const std::stop_token& stop) const {
  if (!state_ || state_->known.load(std::memory_order_acquire)) return;
  State& state = *state_;
  const Turn turn(state, stop);
  if (state.known) return;
  if (state.problem && steady_clock::now() - state.problem_at < not_asked_again_for) {
    throw *state.problem;
  }
  try {
    state.keep(state.source.read(stop));
  } catch (const Refused& refused) {
    state.problem = refused;
    state.problem_at = steady_clock::now();
    throw;
  }
}

std::string_view Secret::reveal() const {
  if (!state_ || !state_->known.load(std::memory_order_acquire)) return {};
  return state_->value;
}

void Secret::when_read(std::function<void(std::string_view value)> heard) const {
  if (!state_) return;
  if (state_->known) return heard(state_->value);
  state_->listeners.push_back(std::move(heard));
}

}  // namespace catalog
