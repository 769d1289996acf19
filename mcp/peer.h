// The client at the other end of a pipe or session: what it negotiated, its requests in flight, and
// what we asked of it. One for a stdio process, one for a legacy HTTP session, one for each modern
// HTTP request. Used by the reading thread and by the threads that run calls.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include "mcp/allowance.h"
#include "mcp/call.h"

namespace mcp {

class Peer {
 public:
  // `principal`: who the transport says it is, by its token; "" on stdio and open loopback HTTP.
  explicit Peer(std::size_t most_calls = 256, std::string who = {})
      : Peer(std::make_shared<Allowance>(most_calls), std::move(who)) {}
  Peer(std::shared_ptr<Allowance> allowance, std::string who)
      : principal(std::move(who)), allowance_(std::move(allowance)) {}

  const std::string principal;

  // Who sends requests that do not describe themselves: settled by `initialize`, assumed before it.
  std::shared_ptr<const Client> client() const;
  void negotiate(Client client);
  bool negotiated() const;

  // --- its requests in flight ---
  enum class Entry { entered, id_in_use, full };
  // `lookup`: the call spends nothing, so at the end of input it may still finish. The call is held
  // weakly: one that is never run leaves when it goes.
  Entry enter(const std::shared_ptr<Call>& call, bool lookup);
  // Its id is free again; its place too, unless who asked keeps it. Null when it had left before.
  Place leave(const Call& call);
  // Cancels that call; unknown and finished ids are ignored (section "Cancellation").
  void cancel(const Id& id);
  enum class Which { paid, all };
  void cancel(Which which);
  // Waits until no call is in flight; false when the time is over first.
  bool idle_within(std::chrono::milliseconds time);

  // --- our requests to it (revisions before 2026-07-28) ---
  // Sends a request on `connection` and blocks for its answer: `{"result":…}` or `{"error":…}`;
  // nothing when the time is over or `stop` is requested first, or at once when it cannot be
  // reached.
  std::optional<Json> ask(Connection& connection, std::string_view method,
                          const OrderedJson& params, const std::stop_token& stop,
                          std::chrono::milliseconds time);
  // Whether a request would get to it: on `connection`, or else on its standing stream.
  bool can_be_reached(Connection& connection);
  // A response came. One that nobody waits for is ignored.
  void answered(const Id& id, Json response);

  // --- what it wants to hear of (revisions before 2026-07-28) ---
  // The stream for messages that belong to no request: stdout, or the session's GET stream. Held
  // weakly: a stream that is gone is simply not written to.
  void listen_on(std::weak_ptr<Connection> stream);
  void notify(const std::string& line);
  void subscribe(const std::string& uri, bool on);
  bool subscribed(const std::string& uri) const;
  void log_from(LogLevel level);  // notifications/message at and above
  LogLevel log_level() const;

 private:
  struct InFlight {
    std::weak_ptr<Call> call;
    const Call* which;  // only compared
    bool lookup;
    Place place;
  };

  std::shared_ptr<Connection> standing_stream() const;

  const std::shared_ptr<Allowance> allowance_;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable left_;
  std::condition_variable_any heard_;
  std::shared_ptr<const Client> client_ = std::make_shared<Client>();
  bool negotiated_ = false;
  std::map<Id, InFlight> calls_;
  std::int64_t last_asked_ = 0;
  std::map<std::int64_t, std::optional<Json>> asked_;
  std::weak_ptr<Connection> stream_;
  std::set<std::string> subscriptions_;
  LogLevel log_level_ = LogLevel::debug;
};

}  // namespace mcp
