// What a caller says of the way its prompt takes to a model: routing preferences, models that may
// answer in its place, web search. Checked by `invoke` on the call's own thread, before anything is
// sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/answer.h"
#include "mcp/json.h"
#include "tools/program.h"

namespace tools {

struct Routing {
  std::vector<std::string> fallbacks;  // targets, at most three
  mcp::Json provider;                  // an object, or null
  bool web_search = false;
};

// Adds it to the prompt. Throws mcp::InvalidArguments where the target is no model or a fallback is
// at another gateway, and catalog::Refused for preferences that nobody would heed.
void add_routing(Program& program, const std::optional<std::string>& target, const Routing& routing,
                 catalog::Prompt& prompt);

}  // namespace tools
