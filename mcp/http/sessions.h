// The sessions of clients before 2026-07-28: who they are, what they negotiated (their Peer), and
// the standing stream that tells them what belongs to no request. An id is a name, not a secret to
// trust: a session answers only to the principal that opened it. Used by any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mcp/http/stream.h"
#include "mcp/peer.h"

namespace mcp {

class HttpSession {
 public:
  HttpSession(std::string session_id, std::shared_ptr<Peer> with)
      : id(std::move(session_id)), peer(std::move(with)) {}

  const std::string id;  // 128 random bits in hex
  const std::shared_ptr<Peer> peer;

  // The new standing stream takes the place of the old one, which ends.
  void listen_on(const std::shared_ptr<HttpStream>& stream);
  // Cancels its calls and ends its stream.
  void end();

 private:
  friend class HttpSessions;
  std::atomic<HttpTime> last_used_{std::chrono::steady_clock::now()};
  std::mutex mutex_;  // guards stream_
  std::weak_ptr<HttpStream> stream_;
};

class HttpSessions {
 public:
  HttpSessions(std::size_t most, std::chrono::milliseconds idle_time)
      : most_(most), idle_time_(idle_time) {}

  // Whoever holds one keeps its session from expiring.
  using Use = std::shared_ptr<HttpSession>;

  // A session that `find` does not know yet; see `add`.
  static Use make(std::shared_ptr<Peer> peer);
  // Past the limit the one that was idle for the longest time goes; false when none is idle.
  bool add(const Use& session);
  // Null for an id that is unknown or somebody else's: the two look the same.
  Use find(const std::string& id, const std::string& principal);
  void end(const std::string& id);
  void expire();
  void end_streams();
  std::size_t count() const;

 private:
  Use in_use(const Use& session);

  const std::size_t most_;
  const std::chrono::milliseconds idle_time_;
  mutable std::mutex mutex_;  // guards sessions_
  std::map<std::string, Use> sessions_;
};

}  // namespace mcp
