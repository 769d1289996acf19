#include "tools/conversations.h"

#include "catalog/errors.h"
#include "mcp/json.h"
#include "tools/long_text.h"

namespace tools {
namespace {

constexpr const char* of_agent = "agent";

[[noreturn]] void refuse(const std::string& id) {
  throw catalog::Refused(catalog::Kind::not_found,
                         "there is no conversation \"" + id.substr(0, 64) + "\"",
                         "Leave `conversation` out to start a new one.");
}

}  // namespace

catalog::ConversationStore& Conversations::store() {
  std::call_once(opened_, [this] {
    store_ = std::make_unique<catalog::ConversationStore>(state_folder_ + "/state.sqlite");
  });
  return *store_;
}

std::string Conversations::keep(const std::string& principal, const std::string& target,
                                const AgentConversation& conversation) try {
  if (state_folder_.empty() || conversation.context_id.empty()) return {};
  const mcp::OrderedJson data = {{"directory", conversation.directory},
                                 {"slug", conversation.slug},
                                 {"context_id", conversation.context_id}};
  catalog::StoredConversation kept{{}, principal, target, of_agent, mcp::dump(data), 0};
  kept.id = store().find_same(kept);
  if (kept.id.empty()) kept.id = random_id();
  store().keep(kept);
  return kept.id;
} catch (const catalog::UpstreamError&) {
  return {};
}

std::string Conversations::keep(const std::string& principal, const std::string& target,
                                const ModelConversation& conversation) try {
  const std::string data = conversation.data();
  if (state_folder_.empty() || data.empty()) return {};
  store().keep({conversation.id(), principal, target, "model", data, 0});
  return conversation.id();
} catch (const catalog::UpstreamError&) {
  return {};
}

std::vector<catalog::StoredConversation> Conversations::recent(const std::string& principal,
                                                               int most) {
  return state_folder_.empty() ? std::vector<catalog::StoredConversation>()
                               : store().recent(principal, most);
}

catalog::StoredConversation Conversations::find(const std::string& id,
                                                const std::string& principal) {
  if (state_folder_.empty()) refuse(id);
  auto found = store().find(id, principal);
  if (!found) refuse(id);
  return std::move(*found);
}

AgentConversation agent_conversation(const catalog::StoredConversation& stored) {
  const mcp::Json data = mcp::Json::parse(stored.data, nullptr, false);
  if (stored.kind != of_agent || !data.is_object()) refuse(stored.id);
  return {data.value("directory", ""), data.value("slug", ""), data.value("context_id", "")};
}

}  // namespace tools
