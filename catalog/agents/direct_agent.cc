#include "catalog/agents/direct_agent.h"

#include <fmt/format.h>

#include "catalog/errors.h"
#include "catalog/url.h"

namespace catalog {

A2aCall direct_call(std::string_view directory, std::string_view slug, const AgentCard& card) {
  const ChosenInterface chosen = choose_interface(card);
  A2aCall call;
  call.who = agent_target(directory, slug);
  if (!chosen.interface) {
    throw Refused(Kind::unsupported,
                  fmt::format("{} cannot be called: {}", call.who, chosen.why_not));
  }
  call.name = card.name;
  call.interface = *chosen.interface;
  call.version = chosen.version;
  call.streaming = card.streaming;
  call.directory = directory;
  call.slug = slug;
  return call;
}

A2aCall task_call(const AgentTask& task) {
  A2aCall call;
  call.who = agent_target(task.directory, task.slug);
  return call_of_task(std::move(call), task);
}

std::string why_not_callable(const AgentCard& card, const Credential& credential) {
  const ChosenInterface chosen = choose_interface(card);
  if (!chosen.interface || !card.security_required) return chosen.why_not;
  const std::string wanted =
      fmt::format("its card requires credentials ({})", fmt::join(card.security, ", "));
  if (credential.secret.empty()) return wanted + ", and none are configured";
  const auto endpoint = parse_url(chosen.interface->url);
  if (endpoint && endpoint->origin() == credential.origin) return {};
  return fmt::format("{}, and the configured one is bound to {}, not to the endpoint {}", wanted,
                     credential.origin, chosen.interface->url);
}

void judge_by_card(AgentDetail& detail, const Credential& credential, const PinStore& pins) {
  detail.route = "direct";
  if (!detail.card) {
    detail.why_not = "its card could not be had: " + detail.card_problem;
    return;
  }
  detail.card_changes =
      card_changes(pins, detail.agent.directory + "/" + detail.agent.slug, *detail.card);
  detail.why_not = why_not_callable(*detail.card, credential);
  detail.callable = detail.why_not.empty();
}

}  // namespace catalog
