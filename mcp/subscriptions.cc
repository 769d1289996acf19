#include "mcp/subscriptions.h"

#include <fmt/format.h>

#include <algorithm>

#include "mcp/meta.h"

namespace mcp {
namespace {

const char* method_of(ListKind kind) {
  switch (kind) {
    case ListKind::tools:
      return "notifications/tools/list_changed";
    case ListKind::prompts:
      return "notifications/prompts/list_changed";
    case ListKind::resources:
      return "notifications/resources/list_changed";
  }
  return "";
}

OrderedJson id_value(const Id& id) {
  if (const auto* number = std::get_if<std::int64_t>(&id)) return *number;
  return std::get<std::string>(id);
}

// Every message of a subscription carries its id (section "subscriptions/listen").
std::string tagged(const char* method, OrderedJson params, const Id& id) {
  params["_meta"] = {{meta::subscription_id, id_value(id)}};
  return notification_line(method, dump(params));
}

}  // namespace

void Subscriptions::know(const std::shared_ptr<Peer>& peer) {
  std::lock_guard lock(mutex_);
  std::erase_if(peers_, [&](const auto& known) { return known.expired() || known.lock() == peer; });
  peers_.push_back(peer);
}

bool Subscriptions::open(const Id& id, const std::shared_ptr<Peer>& peer,
                         const std::shared_ptr<Connection>& connection) {
  std::lock_guard lock(mutex_);
  std::erase_if(listens_, [](const Listen& listen) { return listen.connection.expired(); });
  const auto of_the_same = std::count_if(listens_.begin(), listens_.end(), [&](const Listen& each) {
    const auto other = each.peer.lock();
    return other && other->principal == peer->principal;
  });
  if (static_cast<std::size_t>(of_the_same) >= most) return false;
  listens_.push_back({id, peer, connection, {}});
  return true;
}

void Subscriptions::grant(const Peer& peer, const Id& id, const Wanted& wanted) {
  std::lock_guard lock(mutex_);
  for (Listen& listen : listens_) {
    if (listen.is(peer, id)) listen.wanted = wanted;
  }
}

void Subscriptions::end(const Peer& peer, const Id& id) {
  std::lock_guard lock(mutex_);
  std::erase_if(listens_, [&](const Listen& listen) { return listen.is(peer, id); });
}

template <class Wants>
std::vector<Subscriptions::Told> Subscriptions::who(Wants wants) {
  std::vector<Told> told;
  std::lock_guard lock(mutex_);
  for (const Listen& listen : listens_) {
    auto connection = listen.connection.lock();
    if (connection && wants(listen.wanted)) told.push_back({std::move(connection), listen.id});
  }
  return told;
}

std::vector<std::shared_ptr<Peer>> Subscriptions::legacy_peers() {
  std::vector<std::shared_ptr<Peer>> alive;
  std::lock_guard lock(mutex_);
  for (const auto& known : peers_) {
    if (auto peer = known.lock()) alive.push_back(std::move(peer));
  }
  return alive;
}

void Subscriptions::changed(ListKind kind) {
  const char* method = method_of(kind);
  for (const Told& each : who([&](const Wanted& w) { return w.lists.count(kind) != 0; })) {
    each.connection->notify(tagged(method, OrderedJson::object(), each.id));
  }
  for (const auto& peer : legacy_peers()) peer->notify(notification_line(method, "{}"));
}

void Subscriptions::updated(const std::string& uri) {
  constexpr const char* method = "notifications/resources/updated";
  for (const Told& each : who([&](const Wanted& w) { return w.uris.count(uri) != 0; })) {
    each.connection->notify(tagged(method, {{"uri", uri}}, each.id));
  }
  for (const auto& peer : legacy_peers()) {
    if (!peer->subscribed(uri)) continue;
    peer->notify(notification_line(method, dump(OrderedJson{{"uri", uri}})));
  }
}

void Subscriptions::task_changed(const std::string& task_id, const OrderedJson& params) {
  for (const Told& each : who([&](const Wanted& w) { return w.task_ids.count(task_id) != 0; })) {
    each.connection->notify(tagged("notifications/tasks", params, each.id));
  }
}

void Subscriptions::end_all() {
  const std::vector<Told> open = who([](const Wanted&) { return true; });
  {
    std::lock_guard lock(mutex_);
    listens_.clear();
  }
  for (const Told& each : open) {
    const OrderedJson result = {{"resultType", "complete"},
                                {"_meta", {{meta::subscription_id, id_value(each.id)}}}};
    each.connection->write(result_line(each.id, dump(result)));
  }
}

}  // namespace mcp
