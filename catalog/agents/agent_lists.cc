#include "catalog/agents/agent_lists.h"

#include "catalog/agents/agent_search.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

constexpr auto stale_for = std::chrono::hours(1);  // when the directory cannot be reached
constexpr std::size_t max_lists = 64;              // questions are the caller's words

}  // namespace

AgentLists::Known AgentLists::at_most_as_old_as(Clock::duration age,
                                                const std::string& question) const {
  const std::lock_guard lock(mutex_);
  const auto found = lists_.find(question);
  const bool young = found != lists_.end() && Clock::now() - found->second.at <= age;
  return young ? found->second.list : nullptr;
}

AgentLists::Known AgentLists::keep(const std::string& question, AgentList list) {
  list.as_of = std::chrono::system_clock::now();
  for (const Agent& agent : list.agents) list.searched.push_back(searched_text(agent));
  auto known = std::make_shared<const AgentList>(std::move(list));
  const std::lock_guard lock(mutex_);
  if (lists_.size() >= max_lists) lists_.clear();
  lists_[question] = {known, Clock::now()};
  return known;
}

AgentLists::Known AgentLists::fresh(const std::string& question,
                                    const std::function<AgentList()>& fetch) {
  if (auto known = at_most_as_old_as(list_fresh_for, question)) return known;
  try {
    return keep(question, fetch());
  } catch (const UpstreamError&) {
    if (auto old = at_most_as_old_as(stale_for, question)) return old;
    throw;
  }
}

}  // namespace catalog
