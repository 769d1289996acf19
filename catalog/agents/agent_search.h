// Finding agents in a list that is at hand, for directories whose own search is narrower than ours.
// Pure, on any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/agent.h"
#include "catalog/errors.h"

namespace catalog {

// The agents that match all of the query, in their order. Words are looked for, whatever their
// case, in slug, name, description, category, skills and scenarios; `skill` in ids and names of
// skills.
AgentMatches matching(std::shared_ptr<const AgentList> list, const AgentQuery& query);
// What words are looked for in.
std::string searched_text(const Agent& agent);

// UpstreamError{not_found} for a slug that no agent has, with the nearest ones that there are.
UpstreamError unknown_agent(std::string_view directory, std::string_view slug,
                            const std::vector<Agent>& agents);

}  // namespace catalog
