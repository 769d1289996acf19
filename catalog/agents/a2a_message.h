// What goes over the wire to an agent and what comes back, in A2A 1.0 and 0.3. Written exactly in
// one dialect (strict servers refuse a mixture), read in any: by which members are present, `kind`
// only as a hint, `parts` or `content`, both spellings of states and roles, wrapped or bare,
// snake_case too. Pure, on any thread; nothing here throws on odd input.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "catalog/agents/a2a_errors.h"
#include "catalog/agents/a2a_version.h"
#include "nlohmann/json_fwd.hpp"

namespace catalog {

enum class TaskState {
  unknown,  // absent, or a word that is not known here
  submitted,
  working,
  completed,
  failed,
  canceled,
  rejected,
  input_required,
  auth_required,
};

TaskState task_state(std::string_view spelled);  // "TASK_STATE_INPUT_REQUIRED", "input-required", …
std::string_view name(TaskState state);          // "input-required"
bool is_terminal(TaskState state);               // completed, failed, canceled, rejected
bool is_interrupted(TaskState state);            // the agent waits for its caller

struct A2aPart {
  enum class Type { text, data, file };
  Type type = Type::text;
  std::string text;  // the text; for data its JSON; for a file empty
  std::string file_name;
  std::string media_type;
  std::string file_url;        // attacker's text: shown, never fetched
  std::size_t file_bytes = 0;  // of an inline file, about
};

struct A2aMessage {
  bool from_agent = false;
  std::string task_id;
  std::string context_id;
  std::vector<A2aPart> parts;
};

struct A2aArtifact {
  std::string id;
  std::string name;
  std::vector<A2aPart> parts;
};

struct A2aStatus {
  TaskState state = TaskState::unknown;
  std::string spelled;  // as it came, for states that are not known here
  std::optional<A2aMessage> message;
};

struct A2aTask {
  std::string id;
  std::string context_id;
  A2aStatus status;
  std::vector<A2aArtifact> artifacts;
  std::vector<A2aMessage> history;
};

struct StatusUpdate {
  std::string task_id;
  std::string context_id;
  A2aStatus status;
  bool final = false;  // 0.3: the stream ends here
};

struct ArtifactUpdate {
  std::string task_id;
  std::string context_id;
  A2aArtifact artifact;
  bool append = false;
  bool last_chunk = false;
};

// monostate: none of them could be recognised.
using A2aEvent = std::variant<std::monostate, A2aTask, A2aMessage, StatusUpdate, ArtifactUpdate>;

// A `result` of send or of get, or one event of a stream.
A2aEvent decode_event(const nlohmann::json& result);

// A JSON-RPC response, or a bare event; ids are not compared, because gateways renumber them.
struct RpcReply {
  bool readable = false;  // false: no JSON, or neither an error nor anything known
  std::optional<RpcError> error;
  A2aEvent event;
};
RpcReply decode_reply(std::string_view text);

// The JSON-RPC body that sends one text as a new message.
struct OutgoingMessage {
  std::string text;
  std::string message_id;  // a fresh one for each sending
  std::string task_id;     // empty: a new task
  std::string context_id;  // empty: a new conversation
  std::string tenant;      // 1.0 only; empty: none
};
std::string send_body(A2aVersion version, bool streaming, const OutgoingMessage& message);

std::string random_uuid();  // RFC 9562, version 4

}  // namespace catalog
