#include "tools/routing.h"

#include <fmt/format.h>

#include "catalog/models/provider_preferences.h"
#include "mcp/errors.h"

namespace tools {
namespace {

constexpr std::size_t most_fallbacks = 3;  // OpenRouter takes no more

bool is_empty(const Routing& routing) {
  return routing.fallbacks.empty() && routing.provider.empty() && !routing.web_search;
}

// An answer to a question, and a conversation without its target, are for agents.
const catalog::Gateway& gateway_of(Program& program, const std::optional<std::string>& target) {
  if (target) {
    const catalog::Target found = program.catalog().resolve(*target);
    if (const auto* model = std::get_if<catalog::ModelTarget>(&found)) return model->gateway;
  }
  throw mcp::InvalidArguments("arguments: fallbacks, provider and web_search are for models");
}

}  // namespace

void add_routing(Program& program, const std::optional<std::string>& target, const Routing& routing,
                 catalog::Prompt& prompt) {
  if (is_empty(routing)) return;
  const catalog::Gateway& gateway = gateway_of(program, target);
  if (routing.fallbacks.size() > most_fallbacks) {
    throw mcp::InvalidArguments(
        fmt::format("arguments.fallbacks: expected at most {} models", most_fallbacks));
  }
  for (const std::string& fallback : routing.fallbacks) {
    if (std::holds_alternative<catalog::AgentTarget>(program.catalog().resolve(fallback))) {
      throw mcp::InvalidArguments(
          fmt::format("arguments.fallbacks: {} is an agent; only models take over", fallback));
    }
    catalog::ModelTarget other = program.catalog().resolve_model(fallback);
    if (&other.gateway != &gateway) {
      throw mcp::InvalidArguments(
          fmt::format("arguments.fallbacks: {} is at another gateway than the target", fallback));
    }
    prompt.fallbacks.push_back(std::move(other.id));
  }
  prompt.provider = catalog::checked_preferences(routing.provider);
  prompt.web_search = routing.web_search;
}

}  // namespace tools
