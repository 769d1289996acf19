// How many calls may be in flight at once, for all peers that share it: those of one principal. A
// call holds a place from when it is entered until it has returned, also when its answer left
// before. Used by any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace mcp {

struct Allowance {
  explicit Allowance(std::size_t most_calls) : most(most_calls) {}
  const std::size_t most;
  std::atomic<std::size_t> taken{0};
};

// Gives its place back when it goes. Must not outlive the allowance.
struct GivesBack {
  void operator()(Allowance* allowance) const { allowance->taken.fetch_sub(1); }
};
using Place = std::unique_ptr<Allowance, GivesBack>;

}  // namespace mcp
