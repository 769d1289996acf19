// The models of one gateway, asked for when what is at hand is too old. Owned by the gateway; any
// thread may call anything. One thread at a time asks the network, and a dead network is not asked
// again by every call.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "catalog/errors.h"
#include "catalog/models/catalogue_cache.h"
#include "catalog/models/gateway.h"
#include "catalog/transfers.h"

namespace catalog {

// Asks for free information below the gateway's base URL, with its key if it has one; without where
// that cannot be read. Throws as `Transfers::perform`.
Response look_up(const GatewaySettings& settings, Transfers& transfers, std::string_view path,
                 std::size_t max_bytes, const std::stop_token& stop);

// Lets one thread at a time look for something; the others wait for what it finds.
class Turn {
 public:
  void take(const std::stop_token& stop);  // throws Cancelled
  void give_back();

 private:
  std::mutex mutex_;  // guards taken_
  std::condition_variable_any free_;
  bool taken_ = false;
};

class HeldTurn {
 public:
  HeldTurn(Turn& turn, const std::stop_token& stop) : turn_(turn) { turn_.take(stop); }
  ~HeldTurn() { turn_.give_back(); }
  HeldTurn(const HeldTurn&) = delete;
  HeldTurn& operator=(const HeldTurn&) = delete;

 private:
  Turn& turn_;
};

class LiveCatalogue {
 public:
  using List = std::shared_ptr<const ModelList>;

  // Both are borrowed and outlive this.
  LiveCatalogue(const GatewaySettings& settings, Transfers& transfers)
      : settings_(settings),
        transfers_(transfers),
        cache_(settings.cache_file, settings.base_url) {}

  // From memory, disk or network, whichever is fresh enough; older data rather than a failure.
  // Throws UpstreamError when there is none at all, and Cancelled.
  List models(const std::stop_token& stop);
  // What is at hand, without the network; may be null.
  List known();

 private:
  List fetch(const std::stop_token& stop);
  Response ask(const std::stop_token& stop);
  List older();

  const GatewaySettings& settings_;
  Transfers& transfers_;
  CatalogueCache cache_;
  std::once_flag looked_;  // for a catalogue, on behalf of calls

  Turn turn_;  // guards the two below
  std::chrono::steady_clock::time_point failed_at_;
  std::optional<UpstreamError> failure_;
};

}  // namespace catalog
