// Who wants to hear that something changed. Modern clients open `subscriptions/listen` requests,
// which stay open until they are cancelled or the server ends; older ones declare it once and are
// told on their standing stream. Used by any thread.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "mcp/connection.h"
#include "mcp/message.h"
#include "mcp/peer.h"

namespace mcp {

enum class ListKind { tools, prompts, resources };

class Subscriptions {
 public:
  static constexpr std::size_t most = 1024;  // open at once, of one principal

  // What one `subscriptions/listen` asked for and was granted.
  struct Wanted {
    std::set<ListKind> lists;
    std::set<std::string> uris;
    std::set<std::string> task_ids;
  };

  // A legacy peer that negotiated; held weakly.
  void know(const std::shared_ptr<Peer>& peer);
  // Opens one that is not told anything yet; false when too many are open. A request is forgotten
  // when its connection is gone or it is ended.
  bool open(const Id& id, const std::shared_ptr<Peer>& peer,
            const std::shared_ptr<Connection>& connection);
  // From now on it is told of those.
  void grant(const Peer& peer, const Id& id, const Wanted& wanted);
  void end(const Peer& peer, const Id& id);

  void changed(ListKind kind);
  void updated(const std::string& uri);
  // `params`: the members of a whole task (extension tasks), without `_meta`.
  void task_changed(const std::string& task_id, const OrderedJson& params);
  // Writes the empty result of each open request and forgets it.
  void end_all();

 private:
  struct Listen {
    Id id;
    std::weak_ptr<Peer> peer;
    std::weak_ptr<Connection> connection;
    Wanted wanted;

    bool is(const Peer& whose, const Id& which) const {
      return id == which && peer.lock().get() == &whose;
    }
  };
  struct Told {
    std::shared_ptr<Connection> connection;
    Id id;
  };

  template <class Wants>
  std::vector<Told> who(Wants wants);
  std::vector<std::shared_ptr<Peer>> legacy_peers();

  std::mutex mutex_;  // guards both lists; not held while writing
  std::vector<Listen> listens_;
  std::vector<std::weak_ptr<Peer>> peers_;
};

}  // namespace mcp
