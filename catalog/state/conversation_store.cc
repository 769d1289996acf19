#include "catalog/state/conversation_store.h"

namespace catalog {
namespace {

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS conversation(
    id TEXT PRIMARY KEY, principal TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL,
    data TEXT NOT NULL, updated_ms INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS conversation_with ON conversation(principal, target);
)";

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

StoredConversation read_row(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.number(5)};
}

}  // namespace

ConversationStore::ConversationStore(const std::string& file) : database_(file, schema) {
  const std::int64_t oldest =
      now_ms() - std::chrono::duration_cast<std::chrono::milliseconds>(kept).count();
  database_.run("DELETE FROM conversation WHERE updated_ms < ?1",
                [&](Statement& s) { s.bind(1, oldest); });
}

void ConversationStore::keep(const StoredConversation& conversation) {
  database_.run(
      "INSERT INTO conversation VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE SET "
      "target = ?3, kind = ?4, data = ?5, updated_ms = ?6 WHERE principal = ?2",
      [&](Statement& s) {
        s.bind(1, conversation.id).bind(2, conversation.principal).bind(3, conversation.target);
        s.bind(4, conversation.kind).bind(5, conversation.data).bind(6, now_ms());
      });
}

std::optional<StoredConversation> ConversationStore::find(const std::string& id,
                                                          const std::string& principal) {
  std::optional<StoredConversation> found;
  database_.run(
      "SELECT id, principal, target, kind, data, updated_ms FROM conversation "
      "WHERE id = ?1 AND principal = ?2",
      [&](Statement& s) { s.bind(1, id).bind(2, principal); },
      [&](const Statement& row) { found = read_row(row); });
  return found;
}

std::string ConversationStore::find_same(const StoredConversation& conversation) {
  std::string id;
  database_.run(
      "SELECT id FROM conversation WHERE principal = ?1 AND target = ?2 AND kind = ?3 AND "
      "data = ?4",
      [&](Statement& s) {
        s.bind(1, conversation.principal).bind(2, conversation.target);
        s.bind(3, conversation.kind).bind(4, conversation.data);
      },
      [&](const Statement& row) { id = row.text(0); });
  return id;
}

std::vector<StoredConversation> ConversationStore::recent(const std::string& principal, int most) {
  std::vector<StoredConversation> found;
  database_.run(
      "SELECT id, principal, target, kind, data, updated_ms FROM conversation WHERE principal = ?1 "
      "ORDER BY updated_ms DESC LIMIT ?2",
      [&](Statement& s) { s.bind(1, principal).bind(2, std::int64_t{most}); },
      [&](const Statement& row) { found.push_back(read_row(row)); });
  return found;
}

}  // namespace catalog
