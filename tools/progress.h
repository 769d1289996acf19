// Tells the caller how a call goes: at most every 200 ms, and at least every 5 s while it lasts, so
// that clients which count progress as life do not give up on a slow model. Lives on the thread
// that runs the call.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "catalog/answer.h"
#include "mcp/call.h"

namespace tools {

class Progress {
 public:
  // `call` outlives this.
  explicit Progress(mcp::Call& call) : call_(call) {}

  // What to hand to the catalog; refers to this object.
  catalog::Listener listener();

 private:
  using Clock = std::chrono::steady_clock;

  void text(std::string_view piece);
  void alive(std::string_view what);
  void tell(Clock::time_point now, std::string_view message);

  mcp::Call& call_;
  Clock::time_point told_{};  // the last notification
  std::string untold_;        // text that came since
  std::string last_what_;
};

}  // namespace tools
