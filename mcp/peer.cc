#include "mcp/peer.h"

#include <vector>

namespace mcp {
namespace {

constexpr std::size_t most_subscriptions = 1000;

}  // namespace

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
  if (calls_.count(call->id()) != 0) return Entry::id_in_use;
  const bool full = allowance_->taken.fetch_add(1) >= allowance_->most;
  Place place(allowance_.get());
  if (full) return Entry::full;
  calls_.emplace(call->id(), InFlight{call, call.get(), lookup, std::move(place)});
  return Entry::entered;
}

Place Peer::leave(const Call& call) {
  Place place;
  std::lock_guard lock(mutex_);
  const auto at = calls_.find(call.id());
  if (at != calls_.end() && at->second.which == &call) {
    place = std::move(at->second.place);
    calls_.erase(at);
  }
  if (calls_.empty()) left_.notify_all();
  return place;
}

void Peer::cancel(const Id& id) {
  std::shared_ptr<Call> call;
  {
    std::lock_guard lock(mutex_);
    const auto at = calls_.find(id);
    if (at != calls_.end()) call = at->second.call.lock();
  }
  if (call) call->cancel();
}

void Peer::cancel(Which which) {
  std::vector<std::shared_ptr<Call>> chosen;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, in_flight] : calls_) {
      if (which == Which::all || !in_flight.lookup) chosen.push_back(in_flight.call.lock());
    }
  }
  for (const auto& call : chosen) {
    if (call) call->cancel();
  }
}

bool Peer::idle_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, time, [this] { return calls_.empty(); });
}

// --- our requests to it -------------------------------------------------------------------------

std::optional<Json> Peer::ask(Connection& connection, std::string_view method,
                              const OrderedJson& params, const std::stop_token& stop,
                              std::chrono::milliseconds time) {
  const std::shared_ptr<Connection> standing = standing_stream();
  Connection* way = connection.reaches_client() ? &connection : standing.get();
  if (way == nullptr || !way->reaches_client()) return std::nullopt;
  std::unique_lock lock(mutex_);
  const std::int64_t id = ++last_asked_;
  asked_.emplace(id, std::nullopt);
  lock.unlock();
  way->notify(request_line(Id(id), method, dump(params)));
  lock.lock();
  heard_.wait_for(lock, stop, time, [&] { return asked_[id].has_value(); });
  std::optional<Json> answer = std::move(asked_[id]);
  asked_.erase(id);
  return answer;
}

bool Peer::can_be_reached(Connection& connection) {
  if (connection.reaches_client()) return true;
  const std::shared_ptr<Connection> standing = standing_stream();
  return standing && standing->reaches_client();
}

void Peer::answered(const Id& id, Json response) {
  const auto* number = std::get_if<std::int64_t>(&id);
  if (number == nullptr) return;
  std::lock_guard lock(mutex_);
  const auto at = asked_.find(*number);
  if (at == asked_.end()) return;
  at->second = std::move(response);
  heard_.notify_all();
}

// --- what it wants to hear of -------------------------------------------------------------------

void Peer::listen_on(std::weak_ptr<Connection> stream) {
  std::lock_guard lock(mutex_);
  stream_ = std::move(stream);
}

std::shared_ptr<Connection> Peer::standing_stream() const {
  std::lock_guard lock(mutex_);
  return stream_.lock();
}

void Peer::notify(const std::string& line) {
  if (const auto stream = standing_stream()) stream->notify(line);
}

void Peer::subscribe(const std::string& uri, bool on) {
  std::lock_guard lock(mutex_);
  if (!on) {
    subscriptions_.erase(uri);
  } else if (subscriptions_.size() < most_subscriptions) {
    subscriptions_.insert(uri);
  }
}

bool Peer::subscribed(const std::string& uri) const {
  std::lock_guard lock(mutex_);
  return subscriptions_.count(uri) != 0;
}

void Peer::log_from(LogLevel level) {
  std::lock_guard lock(mutex_);
  log_level_ = level;
}

LogLevel Peer::log_level() const {
  std::lock_guard lock(mutex_);
  return log_level_;
}

}  // namespace mcp
