// What only the gateway knows of its models: their order by popularity, throughput and latency, and
// which of them, and of their providers, keep no data. Asked of OpenRouter's sorted and filtered
// listings when somebody wants it, and remembered for some minutes. Owned by the gateway; any
// thread.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>

#include "catalog/models/gateway.h"
#include "catalog/models/live_catalogue.h"

namespace catalog {

class Listings {
 public:
  using Ids = std::shared_ptr<const ModelIds>;

  // Both are borrowed and outlive this.
  Listings(const GatewaySettings& settings, Transfers& transfers)
      : settings_(settings), transfers_(transfers) {}

  // An older one rather than a failure. A listing that is no different from the catalogue in the
  // gateway's usual order says nothing. Throws Refused{unsupported}, UpstreamError, Cancelled.
  Ids ids(Listing which, LiveCatalogue& catalogue, const std::stop_token& stop);

 private:
  struct Kept {
    Turn turn;         // held while it is asked for
    std::mutex mutex;  // guards the two below
    Ids ids;
    std::chrono::steady_clock::time_point as_of;
  };

  Ids fetch(Listing which, LiveCatalogue& catalogue, const std::stop_token& stop);

  const GatewaySettings& settings_;
  Transfers& transfers_;
  std::array<Kept, 5> kept_;
};

}  // namespace catalog
