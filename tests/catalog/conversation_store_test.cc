#include "catalog/state/conversation_store.h"

#include <doctest/doctest.h>

#include "tests/process.h"

using catalog::ConversationStore;
using catalog::StoredConversation;

TEST_CASE("a conversation is its principal's alone, and keeps its newest data") {
  const tests::Folder folder;
  const std::string file = folder.path() + "/state.sqlite";
  StoredConversation kept{"id-1", "alice", "agent:a", "agent", R"({"context_id":"c"})", 0};
  {
    ConversationStore store(file);
    store.keep(kept);
    CHECK(store.find_same(kept) == "id-1");
    CHECK_FALSE(store.find("id-1", "bob"));
    StoredConversation other = kept;
    other.principal = "bob";
    CHECK(store.find_same(other).empty());
    other.data = "{}";
    store.keep(other);  // the id is taken: nothing of alice's is touched
    CHECK(store.find("id-1", "alice")->data == kept.data);
    kept.data = R"({"context_id":"d"})";
    store.keep(kept);
  }
  ConversationStore again(file);
  const auto found = again.find("id-1", "alice");
  REQUIRE(found);
  CHECK(found->target == "agent:a");
  CHECK(found->kind == "agent");
  CHECK(found->data == R"({"context_id":"d"})");
  CHECK(found->updated_ms > 0);
}

TEST_CASE("conversations and tasks share a file that two processes may open") {
  const tests::Folder folder;
  const std::string file = folder.path() + "/state.sqlite";
  ConversationStore one(file);
  ConversationStore two(file);
  one.keep({"id-1", "", "agent:a", "agent", "{}", 0});
  CHECK(two.find("id-1", "").has_value());
}

TEST_CASE("a conversation is forgotten a week after its last turn") {
  const tests::Folder folder;
  const std::string file = folder.path() + "/state.sqlite";
  {
    ConversationStore store(file);
    store.keep({"old", "", "agent:a", "agent", "{}", 0});
    store.keep({"new", "", "agent:a", "agent", "{}", 0});
    catalog::Database database(file, "");
    database.run("UPDATE conversation SET updated_ms = updated_ms - ?1 WHERE id = 'old'",
                 [](catalog::Statement& s) { s.bind(1, std::int64_t{8} * 24 * 3600 * 1000); });
  }
  ConversationStore later(file);
  CHECK_FALSE(later.find("old", ""));
  CHECK(later.find("new", ""));
}
