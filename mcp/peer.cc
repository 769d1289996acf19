#include "mcp/peer.h"

#include <vector>

namespace mcp {

std::shared_ptr<const Client> Peer::client() const {
  std::lock_guard lock(mutex_);
  return client_;
}

void Peer::negotiate(Client client) {
  auto settled = std::make_shared<const Client>(std::move(client));
  std::lock_guard lock(mutex_);
  client_ = std::move(settled);
  negotiated_ = true;
}

bool Peer::negotiated() const {
  std::lock_guard lock(mutex_);
  return negotiated_;
}

Peer::Entry Peer::enter(const std::shared_ptr<Call>& call, bool lookup) {
  std::lock_guard lock(mutex_);
  if (calls_.count(call->id) != 0) return Entry::id_in_use;
  if (calls_.size() >= most_calls_) return Entry::full;
  calls_.emplace(call->id, InFlight{call, lookup});
  return Entry::entered;
}

void Peer::leave(const Call& call) {
  std::lock_guard lock(mutex_);
  calls_.erase(call.id);
  if (calls_.empty()) left_.notify_all();
}

void Peer::cancel(const Id& id) {
  std::shared_ptr<Call> call;
  {
    std::lock_guard lock(mutex_);
    const auto at = calls_.find(id);
    if (at != calls_.end()) call = at->second.call;
  }
  if (call) call->cancel();
}

void Peer::cancel(Which which) {
  std::vector<std::shared_ptr<Call>> chosen;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, in_flight] : calls_) {
      if (which == Which::all || !in_flight.lookup) chosen.push_back(in_flight.call);
    }
  }
  for (const auto& call : chosen) call->cancel();
}

bool Peer::idle_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, time, [this] { return calls_.empty(); });
}

}  // namespace mcp
