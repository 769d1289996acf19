#include "tools/progress.h"

#include <fmt/format.h>

#include <cmath>

#include "tools/error_text.h"

namespace tools {
namespace {

using namespace std::chrono_literals;

constexpr auto soonest = 200ms;
constexpr auto latest = 5s;
constexpr std::size_t longest_message = 200;

}  // namespace

catalog::Listener Progress::listener() {
  if (!call_.wants_progress()) return {};
  return {[this](std::string_view piece) { text(piece); },
          [this](std::string_view what) { alive(what); }};
}

// The text itself is the message: what came since the last one, its newest part when that is long.
void Progress::text(std::string_view piece) {
  untold_ += piece;
  const auto now = Clock::now();
  if (now - told_ < soonest) return;
  std::string_view newest = untold_;
  if (newest.size() > longest_message) {
    newest.remove_prefix(newest.size() - longest_message);
    while (!newest.empty() && (newest.front() & 0xC0) == 0x80) newest.remove_prefix(1);
  }
  tell(now, quoted(newest, longest_message));
  untold_.clear();
}

void Progress::alive(std::string_view what) {
  const auto now = Clock::now();
  if (what.empty()) what = last_what_;  // nothing new: it lives
  if (what.empty()) what = "waiting";
  const bool new_word = what != last_what_ && now - told_ >= soonest;
  if (!new_word && now - told_ < latest) return;
  if (what != last_what_) last_what_ = what;
  what = last_what_;
  const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - call_.received);
  tell(now, waited >= 1s ? fmt::format("{}, {} s", quoted(what, longest_message), waited.count())
                         : quoted(what, longest_message));
}

void Progress::tell(Clock::time_point now, std::string_view message) {
  told_ = now;
  const std::chrono::duration<double> elapsed = now - call_.received;
  call_.progress(std::round(elapsed.count() * 1000) / 1000, message);
}

}  // namespace tools
