// Conversations that can be gone on with: an agent's, which the agent itself remembers and we name,
// and a model's, which we keep whole. In the state file, for any process of the user, also after a
// restart. Used by any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/state/database.h"

namespace catalog {

struct StoredConversation {
  std::string id;               // 128 random bits in hexadecimal
  std::string principal;        // whose it is; "" on stdio
  std::string target;           // with whom, as `invoke` takes it
  std::string kind;             // "agent" or "model": what `data` is
  std::string data;             // JSON: what it takes to go on
  std::int64_t updated_ms = 0;  // unix
};

class ConversationStore {
 public:
  static constexpr std::chrono::hours kept{7 * 24};  // after its last turn

  explicit ConversationStore(const std::string& file);

  // Adds it, or keeps its new target, kind and data where there is one of that id.
  void keep(const StoredConversation& conversation);
  std::optional<StoredConversation> find(const std::string& id, const std::string& principal);
  // The one of that principal, target, kind and data; "" when there is none.
  std::string find_same(const StoredConversation& conversation);
  // The newest first.
  std::vector<StoredConversation> recent(const std::string& principal, int most);

 private:
  Database database_;
};

}  // namespace catalog
