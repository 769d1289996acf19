// A request on its way through the server, and the table of methods it is looked up in.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "mcp/call.h"
#include "mcp/connection.h"
#include "mcp/features.h"
#include "mcp/message.h"
#include "mcp/peer.h"
#include "mcp/tasks.h"

namespace mcp {

class Subscriptions;

// What all methods of a server share. Lives as long as the server.
struct Context {
  const ServerInfo& info;
  const Features& features;
  Subscriptions& subscriptions;
  Tasks& tasks;
};

struct Request {
  Id id;
  std::string method;
  Json params;
  std::shared_ptr<const Client> client;
  std::shared_ptr<Peer> peer;
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Call> call;  // only for methods that may wait

  bool is_modern() const { return client->version == modern; }
  Version version() const { return client->version; }
};

// What a method answers: the members of `result` as JSON text, without the braces. "" for none.
struct Result {
  std::string members;
  std::string_view type = "complete";  // `resultType` (2026-07-28)
  bool later = false;                  // answered by other means (subscriptions/listen)
};

enum class Era { only_legacy, only_modern, both };

// Quick methods are answered on the reading thread; those that may wait run as calls, which can be
// cancelled and tell their progress.
enum class Pace { quick, waits };

struct Method {
  std::string_view name;
  Era era;
  Pace pace;
  bool (*offered)(const Features&);  // else the method is not found, as undeclared capabilities are
  Result (*answer)(Context&, Request&);
};

// The groups that the table is made of.
extern const Method lifecycle_methods[4];
extern const Method tool_methods[2];
extern const Method resource_methods[5];
extern const Method prompt_methods[2];
extern const Method completion_methods[1];
extern const Method subscription_methods[1];
extern const Method task_methods[3];
extern const Method skill_methods[2];

// All methods there are; one file of mcp/methods/ for each group.
const Method* find_method(std::string_view name, bool is_modern);

// --- for the methods ----------------------------------------------------------------------------

// The members of an object, as JSON text without its braces.
std::string members_of(const OrderedJson& object);
// A member of the params that must be a string; throws RpcError{invalid_params}.
const std::string& string_param(const Request& request, const char* name);
// A name out of a stranger's message, quoted and short enough to repeat.
std::string echoed(std::string_view text);
// Throw RpcError{invalid_params} for a name that is not there.
const Tool* find_tool(const Features& features, const Request& request);
const Prompt& find_prompt(const Features& features, const std::string& name);
// Marks a list or read result for caching (section "Caching"); nothing before 2026-07-28.
void add_caching(OrderedJson& result, const Request& request, int ttl_ms, bool is_public);

}  // namespace mcp
