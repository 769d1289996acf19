// The protocol: takes messages, answers what can be answered at once, and hands back calls to be
// run. Knows nothing of pipes, sockets or threads; a transport calls `receive` on its reading
// thread and runs the work it gets wherever it likes.
//
// Both eras are served on one connection and decided per message: a request that names its revision
// in `_meta` is modern (2026-07-28), any other follows what `initialize` negotiated.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/features.h"
#include "mcp/message.h"
#include "mcp/peer.h"
#include "mcp/request.h"
#include "mcp/subscriptions.h"
#include "mcp/tasks.h"

namespace mcp {

// A call, ready to run: blocks until its reply is written.
using Work = std::function<void()>;

class Server {
 public:
  // `log` gets one line for each failure that is our own fault.
  Server(ServerInfo info, Features features, std::function<void(std::string_view)> log);

  // One message, or a batch where the negotiated revision has them. Replies that need no work are
  // written before it returns. Never throws, never waits.
  std::vector<Work> receive(const std::shared_ptr<Peer>& peer,
                            const std::shared_ptr<Connection>& connection, std::string_view text);
  std::vector<Work> receive_parsed(const std::shared_ptr<Peer>& peer,
                                   const std::shared_ptr<Connection>& connection, Json&& message);
  // What a transport says of a message it could not take at all (too long, not JSON).
  void refuse(const Peer& peer, Connection& connection, const RpcError& error);

  const Features& features() const { return features_; }

  // Tells whoever listens that a list is not what it was, or a resource. On any thread.
  void changed(ListKind kind);
  void resource_updated(const std::string& uri);
  // Ends the open subscriptions with their empty result, before a transport closes.
  void end_subscriptions();
  // Stops the calls that live on as tasks: the program ends.
  void stop_tasks();

 private:
  std::optional<Work> receive_one(const std::shared_ptr<Peer>& peer,
                                  const std::shared_ptr<Connection>& connection, Json&& value);
  std::vector<Work> receive_batch(const std::shared_ptr<Peer>& peer,
                                  const std::shared_ptr<Connection>& connection, Json&& value);
  std::optional<Work> handle(Request&& request);
  std::optional<Work> start(Request&& request, const Method& method);
  void run(Request& request, const Method& method);
  Result answer_of(Request& request, const Method& method);
  void end_task(Call& call, const Result& result);
  std::string result_text(const Result& result, Version version) const;
  void fail(Connection& connection, const std::optional<Id>& id, const RpcError& error,
            const Peer& peer);

  const ServerInfo info_;
  const Features features_;
  const std::function<void(std::string_view)> log_;
  Subscriptions subscriptions_;
  Tasks tasks_;
  Context context_;
};

}  // namespace mcp
