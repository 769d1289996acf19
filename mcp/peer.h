// The client at the other end of a pipe or session: what it negotiated, and its calls in flight.
// One for a stdio process, one for a legacy HTTP session, one for each modern HTTP request.
// Used by the reading thread and by the threads that run calls.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mcp/call.h"

namespace mcp {

class Peer {
 public:
  explicit Peer(std::size_t most_calls = 256) : most_calls_(most_calls) {}

  // Who sends requests that do not describe themselves: settled by `initialize`, assumed before it.
  std::shared_ptr<const Client> client() const;
  void negotiate(Client client);
  bool negotiated() const;

  enum class Entry { entered, id_in_use, full };
  // `lookup`: the call spends nothing, so at the end of input it may still finish.
  Entry enter(const std::shared_ptr<Call>& call, bool lookup);
  void leave(const Call& call);

  // Cancels that call; unknown and finished ids are ignored (section "Cancellation").
  void cancel(const Id& id);
  enum class Which { paid, all };
  void cancel(Which which);
  // Waits until no call is in flight; false when the time is over first.
  bool idle_within(std::chrono::milliseconds time);

 private:
  struct InFlight {
    std::shared_ptr<Call> call;
    bool lookup;
  };

  const std::size_t most_calls_;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable left_;
  std::shared_ptr<const Client> client_ = std::make_shared<Client>();
  bool negotiated_ = false;
  std::map<Id, InFlight> calls_;
};

}  // namespace mcp
