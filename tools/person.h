// An agent's question, put to the person at the client. Used by the tools that call agents, where
// the configuration says `ask_person`; pure, on the thread of the call.
#pragma once

#include <optional>
#include <string>

#include "mcp/questions.h"

namespace tools {

// A form with one line to answer in; it says who asks, because an agent is a stranger.
mcp::Question agents_question(const std::string& target, const std::string& text);

// What the person wrote; nothing when they would not answer.
std::optional<std::string> persons_answer(const mcp::Json& answer);

}  // namespace tools
