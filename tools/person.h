// An agent's question, put to the person at the client. Used by the tools that call agents, where
// the configuration says `ask_person`, on the thread of the call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "catalog/spend/money.h"
#include "mcp/call.h"
#include "mcp/questions.h"
#include "tools/settings.h"

namespace tools {

// A form with one line to answer in; it says who asks, because an agent is a stranger.
mcp::Question agents_question(const std::string& target, const std::string& text);

// What the person wrote; nothing when they would not answer.
std::optional<std::string> persons_answer(const mcp::Json& answer);

// A task whose question is put to the person. A client of 2026-07-28 calls again with the answer,
// and brings this back: then the agent is not called anew, and what was spent counts.
struct Round {
  std::string task_id;
  std::int64_t number = 1;
  catalog::Money spent{};
};
std::optional<Round> round_brought_back(const Settings& settings, const mcp::Call& call);

// What the person says to the agent's question; nothing when they are not asked or will not say.
// Throws as `Call::need`.
std::optional<std::string> ask_person(mcp::Call& call, const mcp::Question& question,
                                      const Round& round);

}  // namespace tools
