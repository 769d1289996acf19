// Lanes: the pool of connections behind `Transfers`. A lane is a curl multi handle, one easy handle
// and the one warm connection they keep; it serves one origin with one key for all its life. Only
// `Transfers` takes lanes, on whatever thread a call runs; a lane belongs to one thread at a time.
//
// With url.cc, this is where libcurl is let in: only the other parts of `Transfers` include this
// header.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "catalog/secret.h"
#include "catalog/transfers.h"
#include "catalog/url.h"

namespace catalog {

struct FreeCurl {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// DNS answers and TLS sessions that all lanes have in common; connections they do not share.
class Shared {
 public:
  Shared();
  ~Shared();
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  CURLSH* handle() const { return share_; }

 private:
  static void lock(CURL*, curl_lock_data what, curl_lock_access, void* shared) noexcept;
  static void unlock(CURL*, curl_lock_data what, void* shared) noexcept;

  CURLSH* share_;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> locks_;  // each guards libcurl's data of that kind
};

struct LaneSettings {
  bool use_env_proxy = false;
  std::string ca_file;  // empty: the system's
};

class Lane {
 public:
  Lane(const Shared& shared, const LaneSettings& settings, const Url& url,
       const Exchange& exchange);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  CURL* easy() const { return easy_.get(); }
  CURLM* multi() const { return multi_.get(); }
  bool serves(const std::string& origin, const Exchange& exchange) const;

  template <typename Value>
  void set(CURLoption option, Value value) {
    static_assert(!std::is_same_v<Value, int> && !std::is_same_v<Value, bool>,
                  "libcurl reads longs");
    curl_easy_setopt(easy_.get(), option, value);
  }

  // How long the upstream will keep the connection open, as far as it said; at most the pool's
  // limit.
  std::chrono::milliseconds may_idle{};
  std::chrono::steady_clock::time_point idle_until;

 private:
  void set_fixed_options(const Shared& shared);
  void set_trust(const LaneSettings& settings);

  std::unique_ptr<CURLM, FreeMulti> multi_;  // outlives the easy handle
  std::unique_ptr<CURL, FreeCurl> easy_;
  std::string origin_;
  Credential credential_;  // whose connection this is; the secret is empty for none
  bool public_addresses_only_;
};

class Lanes {
 public:
  static constexpr std::chrono::milliseconds longest_idle{30'000};

  ~Lanes();

  // The lane for that origin, key and address check that was used last, or a new one.
  std::unique_ptr<Lane> take(const LaneSettings& settings, const Url& url,
                             const Exchange& exchange);
  // Only for a lane whose call ended well; any other is destroyed, and its socket with it. Keeps
  // the lane for `may_idle`. While any are idle, one thread sleeps until the first of them is due,
  // so that the last connections of a burst are closed too; it ends when none is left.
  void give_back(std::unique_ptr<Lane> lane);

 private:
  using Clock = std::chrono::steady_clock;
  using Idle = std::vector<std::unique_ptr<Lane>>;

  std::unique_ptr<Lane> take_idle(const std::string& origin, const Exchange& exchange);
  Idle take_due(Clock::time_point now);
  void start_sweeping();
  void sweep();

  std::once_flag shared_once_;
  std::unique_ptr<Shared> shared_;  // made by the first call: starting the program costs nothing
  std::mutex mutex_;                // guards all below
  Idle idle_;                       // last in, first out
  Clock::time_point next_sweep_;
  bool sweeping_ = false;
  bool closing_ = false;
  std::condition_variable sooner_;  // the next sweep is due earlier than it was
  std::thread sweeper_;
};

}  // namespace catalog
