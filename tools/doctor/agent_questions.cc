// The directories of agents, and the agents that the configuration names.
#include <fmt/format.h>

#include "catalog/errors.h"
#include "tools/doctor/examination.h"

namespace tools {
namespace {

// What is said of a key that is only tried with the first call; "" when none is meant to be there.
std::string key_text(const catalog::Credential& credential, const std::string& source) {
  if (source.empty() && credential.secret.empty()) return {};
  return credential.secret.empty() ? fmt::format("; no key ({})", source)
                                   : fmt::format("; key: {}", source);
}

Finding look_at(Examination& examination, const catalog::DirectorySettings& directory,
                Grade when_down) {
  if (directory.base_url.empty()) {
    return {Grade::bad, directory.name, "has no address", "see TAKOAPI_BASE_URL"};
  }
  Finding finding{Grade::good, directory.name, {}};
  try {
    const Deadline deadline = examination.deadline();
    const auto matches =
        examination.program.catalog().directory(directory.name).agents({}, deadline.token());
    examination.reached_anything = true;
    finding.fact = fmt::format("answers, {} agents{}", matches.agents.size(),
                               key_text(directory.credential, directory.key_source));
  } catch (const catalog::UpstreamError& error) {
    finding.fact = fmt::format("{}: {}", directory.base_url, error.what());
  } catch (const catalog::Refused& refused) {
    finding.fact = refused.what_happened;
  } catch (const catalog::Cancelled&) {
    finding.fact = fmt::format("no answer in time from {}", directory.base_url);
  }
  if (!finding.fact.starts_with("answers")) {
    finding.grade = when_down;
    finding.mend = "its agents cannot be found until it answers";
  }
  return finding;
}

Finding look_at_agent(Examination& examination, catalog::Directory& directory,
                      const std::string& slug) {
  Finding finding{
      Grade::bad, "agent " + slug, {}, fmt::format("see agents.{} in the configuration", slug)};
  try {
    const Deadline deadline = examination.deadline();
    const catalog::AgentDetail detail = directory.agent(slug, deadline.token());
    examination.reached_anything = true;
    if (detail.callable) return {Grade::good, finding.name, "can be called", ""};
    finding.fact = detail.card_problem.empty() ? detail.why_not : detail.card_problem;
  } catch (const catalog::UpstreamError& error) {
    finding.fact = error.what();
  } catch (const catalog::Refused& refused) {
    finding.fact = refused.what_happened;
  } catch (const catalog::Cancelled&) {
    finding.fact = "its card did not come in time";
  }
  return finding;
}

}  // namespace

Findings look_at_directories(Examination& examination) {
  Findings findings;
  if (!examination.program.sandbox()) {
    findings.push_back(look_at(examination, examination.settings.directory, Grade::note));
  }
  for (const auto& each : examination.settings.directories) {
    findings.push_back(look_at(examination, each, Grade::bad));
  }
  return findings;
}

Findings look_at_agents(Examination& examination) {
  Findings findings;
  if (examination.settings.agents.empty()) return findings;
  // The last is that of the user's own agents.
  catalog::Directory& local = *examination.program.catalog().directories().back();
  for (const catalog::CardEntry& each : examination.settings.agents) {
    findings.push_back(look_at_agent(examination, local, each.slug));
  }
  return findings;
}

}  // namespace tools
