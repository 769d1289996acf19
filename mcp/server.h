// The protocol: takes messages, answers what can be answered at once, and hands back tool calls to
// be run. Knows nothing of pipes, sockets or threads; a transport calls `receive` on its reading
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

#include "mcp/call.h"
#include "mcp/connection.h"
#include "mcp/message.h"
#include "mcp/peer.h"
#include "mcp/tool.h"

namespace mcp {

struct ServerInfo {
  std::string name;
  std::string title;
  std::string version;
  std::string instructions;  // for the model; purpose and search words in the first 250 characters
};

// A tool call, ready to run: blocks until its reply is written.
using Work = std::function<void()>;

class Server {
 public:
  // `log` gets one line for each failure that is our own fault.
  Server(ServerInfo info, std::vector<Tool> tools, std::function<void(std::string_view)> log);

  const std::vector<Tool>& tools() const { return tools_; }
  const Tool* find_tool(std::string_view name) const;

  // One message, or a batch where the negotiated revision has them. Replies that need no work are
  // written before it returns. Never throws, never waits.
  std::vector<Work> receive(Peer& peer, const std::shared_ptr<Connection>& connection,
                            std::string_view text);
  // What a transport says of a message it could not take at all (too long).
  void refuse(Peer& peer, Connection& connection, const RpcError& error);

 private:
  struct Request {
    Message message;
    std::shared_ptr<const Client> client;

    bool is_modern() const { return client->version == modern; }
  };
  struct Method;
  static const Method methods[];

  std::optional<Work> receive_one(Peer& peer, const std::shared_ptr<Connection>& connection,
                                  Json&& value);
  std::vector<Work> receive_batch(Peer& peer, const std::shared_ptr<Connection>& connection,
                                  Json&& value);
  void notified(Peer& peer, const Message& message);
  Request described(Peer& peer, Message&& message) const;
  const Method& method_of(const Request& request) const;
  OrderedJson answer(Peer& peer, const Request& request);

  OrderedJson initialize(Peer& peer, const Request& request);
  OrderedJson discover(Peer& peer, const Request& request);
  OrderedJson ping(Peer& peer, const Request& request);
  OrderedJson tools_list(Peer& peer, const Request& request);

  std::optional<Work> start(Peer& peer, const std::shared_ptr<Connection>& connection,
                            Request&& request);
  void run(Peer& peer, Call& call, const Tool& tool, const Json& arguments);
  std::string reply_of(Call& call, const Tool& tool, const Json& arguments);
  std::string result_text(std::string_view members, Version version) const;
  OrderedJson capabilities() const;
  OrderedJson implementation(Version version) const;

  const ServerInfo info_;
  const std::vector<Tool> tools_;
  const std::function<void(std::string_view)> log_;
};

}  // namespace mcp
