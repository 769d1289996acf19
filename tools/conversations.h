// Conversations under ids of our own, so that a caller can go on with one later: kept in the state
// file. Owned by the program, used by any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/state/conversation_store.h"
#include "tools/model_conversation.h"

namespace tools {

// Where an agent's conversation is: the agent keeps it, and knows it by `context_id`.
struct AgentConversation {
  std::string directory;
  std::string slug;
  std::string context_id;
};

class Conversations {
 public:
  // The file is opened by the first conversation, not before. An empty folder: none can be kept.
  explicit Conversations(std::string state_folder) : state_folder_(std::move(state_folder)) {}

  // The id under which it can be gone on with, the same one each time. "" when it cannot be kept:
  // the answer it came with is worth more than the conversation.
  std::string keep(const std::string& principal, const std::string& target,
                   const AgentConversation& conversation);

  // A conversation with a model; "" as above.
  std::string keep(const std::string& principal, const std::string& target,
                   const ModelConversation& conversation);
  std::vector<catalog::StoredConversation> recent(const std::string& principal, int most);

  // Throws Refused{not_found} for an id that is unknown or somebody else's.
  catalog::StoredConversation find(const std::string& id, const std::string& principal);

 private:
  catalog::ConversationStore& store();

  const std::string state_folder_;
  std::once_flag opened_;
  std::unique_ptr<catalog::ConversationStore> store_;
};

// The agent and context that a conversation of the kind "agent" names. Throws Refused{not_found}
// for any other.
AgentConversation agent_conversation(const catalog::StoredConversation& stored);

}  // namespace tools
