#include <algorithm>
#include <cctype>

#include "catalog/errors.h"
#include "tools/features.h"

namespace tools {
namespace {

constexpr std::size_t enough = 101;  // one more than is sent, so that "more" is known

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Those that contain `typed`; where it is the beginning of one, that comes first.
std::vector<std::string> matching(const std::vector<std::string>& ids, const std::string& typed) {
  const std::string wanted = lower(typed);
  std::vector<std::string> first;
  std::vector<std::string> others;
  for (const std::string& id : ids) {
    const auto at = lower(id).find(wanted);
    if (at == 0) first.push_back(id);
    if (at != 0 && at != std::string::npos) others.push_back(id);
  }
  first.insert(first.end(), others.begin(), others.end());
  if (first.size() > enough) first.resize(enough);
  return first;
}

std::vector<std::string> model_ids(Program& program) {
  std::vector<std::string> ids;
  for (const auto& gateway : program.catalog().gateways()) {
    try {
      const auto list = gateway->models({});
      for (const catalog::Model& model : list->models) {
        ids.push_back(program.catalog().target_of(*gateway, model.id));
      }
    } catch (const catalog::UpstreamError&) {
      continue;  // nothing to suggest is not a failure of whoever types
    }
  }
  return ids;
}

std::vector<std::string> agent_ids(Program& program) {
  std::vector<std::string> ids;
  for (const auto& directory : program.catalog().directories()) {
    try {
      for (const catalog::Agent* agent : directory->agents({}, {}).agents) {
        ids.push_back(program.catalog().target_of(*directory, agent->slug));
      }
    } catch (const catalog::UpstreamError&) {
      continue;
    }
  }
  return ids;
}

}  // namespace

mcp::Completer complete_models(Program& program) {
  return [&program](const std::string& typed, const auto&) {
    return matching(model_ids(program), typed);
  };
}

mcp::Completer complete_agents(Program& program) {
  return [&program](const std::string& typed, const auto&) {
    return matching(agent_ids(program), typed);
  };
}

mcp::Completer complete_targets(Program& program) {
  return [&program](const std::string& typed, const auto&) {
    std::vector<std::string> ids = model_ids(program);
    const std::vector<std::string> agents = agent_ids(program);
    ids.insert(ids.end(), agents.begin(), agents.end());
    return matching(ids, typed);
  };
}

}  // namespace tools
