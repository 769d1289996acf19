#include "catalog/agents/a2a_client.h"

#include <fmt/format.h>

#include <array>

#include "catalog/agents/a2a_message.h"
#include "catalog/agents/a2a_reply.h"
#include "catalog/errors.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using std::chrono::milliseconds;

// A task may be silent for long between two events, and a blocking send until it is done.
constexpr Clocks stream_clocks{milliseconds{10'000}, milliseconds{120'000}, milliseconds{300'000},
                               milliseconds{600'000}};
constexpr Clocks send_clocks{milliseconds{10'000}, milliseconds{600'000}, milliseconds{60'000},
                             milliseconds{600'000}};

// A credential is configured, but not for the place where the card says the agent is.
bool withheld(const A2aCall& call) {
  if (call.credential == nullptr || call.credential->secret.empty()) return false;
  const auto url = parse_url(call.interface.url);
  return url && url->origin() != call.credential->origin;
}

Exchange exchange_for(const A2aCall& call, A2aVersion version, const Prompt& prompt) {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = call.interface.url;
  exchange.headers = {"Content-Type: application/json",
                      "Accept: text/event-stream, application/json"};
  if (version == A2aVersion::v1_0) exchange.headers.emplace_back("A2A-Version: 1.0");
  exchange.credential = withheld(call) ? nullptr : call.credential;
  OutgoingMessage message;
  message.text = prompt.text;
  message.message_id = random_uuid();
  message.tenant = call.interface.tenant;
  exchange.body = send_body(version, call.streaming, message);
  exchange.clocks = call.streaming ? stream_clocks : send_clocks;
  exchange.public_addresses_only = call.public_addresses_only;
  return exchange;
}

// Nothing ran, because the endpoint speaks another version, or not this method.
bool other_version_wanted(const A2aReply& reply) {
  if (reply.progress().started()) return false;
  if (reply.error() && reply.error()->code <= -32000) return is_other_version(*reply.error());
  return reply.head().status == 404 || reply.head().status == 405;
}

Answer finished(const A2aCall& call, A2aVersion version, const A2aReply& reply) {
  try {
    Answer answer = reply.answer(call.price);
    answer.served_by = served_by(call.who, call.name, version);
    put_cost(answer, call.price);
    return answer;
  } catch (UpstreamError& error) {
    const bool refused = error.kind == Kind::unauthorized || error.kind == Kind::forbidden;
    if (refused && withheld(call)) {
      error.advice = fmt::format(
          "the configured credential was not sent: it is bound to {}, and "
          "the agent's endpoint is {}",
          call.credential->origin, call.interface.url);
    }
    throw;
  }
}

struct ModelArgument {
  bool given;
  std::string_view name;
  std::string_view instead;
};

}  // namespace

std::string served_by(std::string_view who, std::string_view name, A2aVersion version) {
  const std::string_view spoken = catalog::name(version);
  return name.empty() ? fmt::format("{} (A2A {})", who, spoken)
                      : fmt::format("{} ({}, A2A {})", who, name, spoken);
}

std::string agent_target(std::string_view directory, std::string_view slug) {
  std::string target = fmt::format("agent:{}/", directory);
  for (const char c : slug) {
    if (c == '/') {
      target += "%2F";
    } else {
      target += c;
    }
  }
  return target;
}

void refuse_model_arguments(const Prompt& prompt) {
  const std::array<ModelArgument, 4> arguments = {{
      {prompt.system.has_value(), "system", "an agent has no system prompt: put it into `prompt`"},
      {prompt.max_tokens.has_value(), "max_tokens",
       "leave `max_tokens` out; say in `prompt` how long the answer may be"},
      {prompt.temperature.has_value(), "temperature", "leave `temperature` out"},
      {prompt.reasoning_effort.has_value(), "reasoning_effort",
       "leave `reasoning_effort` out; say in `prompt` how thorough the agent should be"},
  }};
  for (const ModelArgument& argument : arguments) {
    if (!argument.given) continue;
    throw Refused(Kind::unsupported, fmt::format("an agent takes no `{}`", argument.name),
                  std::string(argument.instead));
  }
}

Answer call_agent(const A2aCall& call, const Prompt& prompt, const Listener& listener,
                  Transfers& transfers, SpokenVersions& versions, std::stop_token stop) {
  refuse_model_arguments(prompt);
  const auto known = versions.recall(call.interface.url);
  const A2aVersion first = known.value_or(call.version);
  A2aReply reply(call.who, listener);
  Exchange exchange = exchange_for(call, first, prompt);
  perform_into(reply, exchange, call.price, transfers, stop);
  if (!other_version_wanted(reply)) {
    if (reply.progress().started()) versions.remember(call.interface.url, first);
    return finished(call, first, reply);
  }
  versions.forget(call.interface.url);
  if (known) return finished(call, first, reply);
  const A2aVersion second = other(first);
  A2aReply again(call.who, listener);
  exchange = exchange_for(call, second, prompt);
  perform_into(again, exchange, call.price, transfers, stop);
  if (other_version_wanted(again)) return finished(call, first, reply);
  if (again.progress().started()) versions.remember(call.interface.url, second);
  return finished(call, second, again);
}

}  // namespace catalog
