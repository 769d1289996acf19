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

void add_card(AgentDetail& detail, const std::function<AgentCard()>& fetch) try {
  detail.card = fetch();
} catch (const UpstreamError& error) {
  detail.card_problem = error.what_happened;
} catch (const Refused& refused) {
  detail.card_problem = refused.what_happened;
}

DirectDirectory::DirectDirectory(std::string name, Transfers& transfers, PinStore pins)
    : name_(std::move(name)),
      transfers_(transfers),
      pins_(pins.recall && pins.keep ? std::move(pins) : memory_pins()) {}

// A card that asks for credentials is not always meant: the agent is asked, and says so itself.
Answer DirectDirectory::invoke(std::string_view slug, const Prompt& prompt,
                               const Listener& listener, std::stop_token stop) {
  refuse_model_arguments(prompt);
  const AgentCard card = card_to_call(slug, stop);
  card_changes(pins_, name_ + "/" + std::string(slug), card);  // pinned on its first use
  return call_agent(completed(direct_call(name_, slug, card)), prompt, listener, transfers_,
                    versions_, std::move(stop));
}

Answer DirectDirectory::follow(const AgentTask& task, const Patience& patience,
                               const Listener& listener, std::stop_token stop) {
  return follow_task(completed(task_call(task)), task, patience, listener, transfers_,
                     std::move(stop));
}

Answer DirectDirectory::answer(const AgentTask& task, const Prompt& prompt,
                               const Listener& listener, std::stop_token stop) {
  return answer_task(completed(task_call(task)), task, prompt, listener, transfers_,
                     std::move(stop));
}

TaskState DirectDirectory::cancel(const AgentTask& task, std::stop_token stop) {
  return cancel_task(completed(task_call(task)), task, transfers_, std::move(stop));
}

}  // namespace catalog
