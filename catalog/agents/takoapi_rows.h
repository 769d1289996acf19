// The rows of the TakoAPI registry, decoded. Its three lookups name the same things differently
// (the registry, the web listing that filters by scenario, the single agent), and older deployments
// leave most of it out; one lenient decoder reads them all. Pure, on any thread, never throws.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/agents/agent.h"
#include "nlohmann/json_fwd.hpp"

namespace catalog {

// Nothing when the row has no slug. `web_root` is what the pages of agents are below.
std::optional<Agent> decode_takoapi_agent(const nlohmann::json& row, std::string_view directory,
                                          std::string_view web_root);

struct TakoapiPage {
  std::vector<Agent> agents;
  bool truncated = false;  // there are more than were given
  int pages = 1;           // of the listing by scenario
};

// A whole answer: `{agents: […]}`, `{data: […]}`, `{results: […]}` or the bare array; nothing when
// it is none of these.
std::optional<TakoapiPage> decode_takoapi_page(std::string_view body, std::string_view directory,
                                               std::string_view web_root);

}  // namespace catalog
