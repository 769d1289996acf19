// The target "cheapest": the cheapest model that can do what is needed, and the next ones when it
// fails. Used by the tools that send prompts, on the thread that waits for the answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/models/cheapest.h"
#include "tools/ask.h"

namespace tools {

inline constexpr const char* cheapest_target = "cheapest";

// What the argument `needs` asks for. Throws InvalidArguments.
catalog::Needs needs_of(const mcp::Json& argument);

// Throws InvalidArguments; the question itself throws Refused{unsupported} when no model can do it.
Ask cheapest_asker(Program& program, const Wish& wish, std::stop_token stop);

// Asks one target after the other until one answers, or fails for a reason that is the caller's.
// The answer's notes say who was asked and what became of it, and so does the last error.
catalog::Answer first_that_answers(const std::vector<std::string>& targets,
                                   const std::function<Ask(const std::string&)>& make_ask,
                                   const catalog::Prompt& prompt,
                                   const catalog::Listener& listener);

}  // namespace tools
