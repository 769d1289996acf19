// What comes back from an agent, in whatever dialect of A2A: read by which members are present,
// `kind` only as a hint, `parts` or `content`, both spellings of states and roles, wrapped or bare,
// snake_case too. What goes out is written by a2a_dialect.h. Pure, on any thread; nothing here
// throws on odd input.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "catalog/agents/a2a_errors.h"
#include "catalog/agents/agent_task.h"
#include "catalog/answer.h"
#include "nlohmann/json_fwd.hpp"

namespace catalog {

constexpr std::size_t max_file_bytes = std::size_t{16} << 20;

struct A2aPart {
  enum class Type { text, data, file };
  Type type = Type::text;
  std::string text;           // the text; for data its JSON; for a file empty
  FilePart file;              // what could be taken of it
  std::size_t file_size = 0;  // of an inline file; about, when it was not taken
  std::string file_problem;   // why it was not taken: "too large to be taken"
};

struct A2aMessage {
  bool from_agent = false;
  std::string id;
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

// The result of listing tasks, which 1.0 alone has.
struct TaskPage {
  std::vector<A2aTask> tasks;   // at most 100
  std::string next_page_token;  // empty: there are no more
};
std::optional<TaskPage> decode_task_page(std::string_view text);

}  // namespace catalog
