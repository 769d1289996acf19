#include "catalog/agents/agent_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/nearest.h"

namespace catalog {
namespace {

constexpr std::size_t max_words = 16;

std::vector<std::string> words_of(std::string_view query) {
  std::vector<std::string> words;
  const std::string lower = lower_case(query);
  constexpr const char* blank = " \t\r\n,";
  for (std::size_t at = lower.find_first_not_of(blank);
       at != std::string::npos && words.size() < max_words;) {
    const std::size_t end = lower.find_first_of(blank, at);
    words.push_back(lower.substr(at, end - at));
    at = lower.find_first_not_of(blank, end);
  }
  return words;
}

bool has_words(const std::string& text, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(), [&text](const std::string& word) {
    return text.find(word) != std::string::npos;
  });
}

bool has_skill(const Agent& agent, const std::string& skill) {
  if (skill.empty()) return true;
  return std::any_of(agent.skills.begin(), agent.skills.end(), [&skill](const AgentSkill& one) {
    return lower_case(one.id + '\n' + one.name).find(skill) != std::string::npos;
  });
}

bool has_word(const std::vector<std::string>& list, const std::string& word) {
  return word.empty() || std::any_of(list.begin(), list.end(), [&word](const std::string& one) {
           return lower_case(one) == word;
         });
}

bool has_kind(const Agent& agent, const std::string& kind) {
  return kind == "any" || agent.kind == (kind.empty() ? "hosted" : kind);
}

// A query in the form it is compared in.
struct Wanted {
  explicit Wanted(const AgentQuery& query)
      : kind(query.kind),
        words(words_of(query.query)),
        skill(lower_case(query.skill)),
        protocol(lower_case(query.protocol)),
        scenario(lower_case(query.scenario)) {}

  bool fits(const Agent& agent) const {
    return has_kind(agent, kind) && has_word(agent.protocols, protocol) &&
           has_word(agent.scenarios, scenario) && has_skill(agent, skill);
  }

  std::string kind;
  std::vector<std::string> words;
  std::string skill;
  std::string protocol;
  std::string scenario;
};

}  // namespace

std::string searched_text(const Agent& agent) {
  std::string text =
      agent.slug + '\n' + agent.name + '\n' + agent.description + '\n' + agent.category;
  for (const std::string& scenario : agent.scenarios) text += '\n' + scenario;
  for (const AgentSkill& skill : agent.skills) {
    text += '\n' + skill.id + '\n' + skill.name + '\n' + skill.description;
  }
  return lower_case(text);
}

AgentMatches matching(std::shared_ptr<const AgentList> list, const AgentQuery& query) {
  const Wanted wanted(query);
  const bool prepared = list->searched.size() == list->agents.size();
  AgentMatches found;
  for (std::size_t at = 0; at < list->agents.size(); ++at) {
    const Agent& agent = list->agents[at];
    if (!wanted.fits(agent)) continue;
    const bool fits = wanted.words.empty() ||
                      has_words(prepared ? list->searched[at] : searched_text(agent), wanted.words);
    if (fits) found.agents.push_back(&agent);
  }
  found.list = std::move(list);
  return found;
}

UpstreamError unknown_agent(std::string_view directory, std::string_view slug,
                            const std::vector<Agent>& agents) {
  std::vector<std::string_view> slugs;
  slugs.reserve(agents.size());
  for (const Agent& agent : agents) slugs.push_back(agent.slug);
  UpstreamError error(Kind::not_found, fmt::format("no agent \"{}\" in the directory \"{}\"",
                                                   cut_text(slug, 100), directory));
  std::string targets;
  for (const std::string& near : nearest(slugs, slug)) {
    targets += (targets.empty() ? "" : ", ") + agent_target(directory, near);
  }
  error.advice = targets.empty() ? "find agents with `list_agents`" : "nearest: " + targets;
  return error;
}

}  // namespace catalog
