// The four dialects of A2A that are spoken here: each is a row of what its operations are called on
// the wire, and one function that writes what they take. What comes back is read alike in all of
// them (a2a_message.h). Written exactly, because strict servers refuse a mixture. Pure, on any
// thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "catalog/agents/a2a_version.h"
#include "catalog/agents/agent.h"
#include "catalog/answer.h"
#include "catalog/transfers.h"
#include "nlohmann/json_fwd.hpp"

namespace catalog {

enum class Operation { send, stream, fetch, list, cancel, subscribe, extended_card };
constexpr std::size_t operation_count = 7;

// What an operation is given; each uses some of it.
struct A2aRequest {
  Operation operation = Operation::send;
  std::string text;  // send and stream, with `files`
  const std::vector<FilePart>* files = nullptr;
  std::string message_id;  // a fresh one for each sending
  std::string task_id;     // sending: empty for a new task
  std::string context_id;  // sending: empty for a new conversation; list: only its tasks
  bool blocking = false;   // send: answer when the task is over, not when it is taken
  std::string page_token;  // list
};

// What an operation is called: a JSON-RPC method, or an HTTP method and a path in which "{id}"
// stands for the task's id. Empty: the dialect has no such operation.
struct OperationName {
  std::string_view http_method;
  std::string_view name;
};

struct Dialect {
  std::string_view binding;  // "JSONRPC" or "HTTP+JSON"
  A2aVersion version;
  std::string_view content_type;
  std::array<OperationName, operation_count> operations;
  nlohmann::json (*parameters)(const A2aRequest& request);
};

// The dialect of a binding ("JSONRPC", "HTTP+JSON") and version; nullptr for any other binding.
const Dialect* find_dialect(std::string_view binding, A2aVersion version);
bool offers(const Dialect& dialect, Operation operation);

// The request on the wire: method, URL, headers and body. Ids and tenant are percent-encoded in
// paths. The dialect must offer the operation. Throws UpstreamError{malformed} for an id or tenant
// that cannot stand in a path.
Exchange written(const Dialect& dialect, const AgentInterface& interface,
                 const A2aRequest& request);

std::string random_uuid();  // RFC 9562, version 4

}  // namespace catalog
