#include "catalog/agents/takoapi_gateway.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/a2a_reply.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr Clocks message_clocks{milliseconds{10'000}, milliseconds{35'000}, milliseconds{35'000},
                                milliseconds{35'000}};
constexpr Clocks stream_clocks{milliseconds{10'000}, milliseconds{130'000}, milliseconds{130'000},
                               milliseconds{130'000}};

Exchange exchange_for(const TakoapiCall& call, const Prompt& prompt) {
  const bool streaming = call.agent.streaming && call.agent.price.model == "FREE";
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = fmt::format("{}/v1/agents/{}/{}", call.base_url, percent_encoded(call.agent.slug),
                             streaming ? "stream" : "message");
  exchange.headers = {"Content-Type: application/json",
                      "Accept: text/event-stream, application/json"};
  exchange.credential = &call.credential;
  exchange.body = dumped({{"text", prompt.text}});
  exchange.clocks = streaming ? stream_clocks : message_clocks;
  return exchange;
}

// "balance $0.004, required $0.02"
std::string money(const json& body) {
  const auto balance = number_member(body, {"balanceUsd"});
  const auto required = number_member(body, {"requiredUsd"});
  if (!balance || !required) return {};
  return fmt::format("balance ${:.6g}, required ${:.6g}; ", *balance, *required);
}

std::string advice_for(const TakoapiCall& call, int status, const json& body) {
  switch (status) {
    case 401:
      return fmt::format("check the key in {}",
                         call.key_source.empty() ? "the configuration" : call.key_source);
    case 402:
      return money(body) + "add credit at " + call.base_url + ", or call a free agent";
    case 404:
      return "find agents with `list_agents`";
    case 429:
      return "wait, then call again";
    case 502:
      return "the agent behind the gateway does not answer, or not within 30 s; call another agent";
    default:
      return {};
  }
}

// Errors of the agent's own, seen through the gateway.
void explain_agents_own(UpstreamError& error) {
  if (error.kind == Kind::unauthorized || error.kind == Kind::forbidden) {
    error.advice =
        "the agent wants credentials of its own, which the gateway does not send: add the agent by "
        "its card, with its key, to the configuration";
  }
}

}  // namespace

std::optional<UpstreamError> takoapi_error(const TakoapiCall& call, const ResponseHead& head,
                                           std::string_view body) {
  if (head.status < 400) return std::nullopt;
  const auto document = parse_bounded(body);
  if (!document || text_member(*document, {"error"}).empty()) return std::nullopt;
  UpstreamError error = http_error(call.agent.directory, head, body);
  if (head.status == 400 && error.provider_message.find("project") != std::string::npos) {
    error.kind = Kind::unsupported;
  }
  error.advice = advice_for(call, head.status, *document);
  error.billed = Billed::no;  // only a successful call is
  return error;
}

std::optional<Answer> call_through_takoapi(const TakoapiCall& call, const Prompt& prompt,
                                           const Listener& listener, Transfers& transfers,
                                           std::stop_token stop) {
  A2aReply reply(call.who, listener);
  Exchange exchange = exchange_for(call, prompt);
  perform_into(reply, exchange, call.agent.price, transfers, stop);
  if (auto error = takoapi_error(call, reply.head(), reply.document())) throw *error;
  if (reply.error() && is_other_version(*reply.error()) && !reply.progress().started()) {
    return std::nullopt;
  }
  try {
    Answer answer = reply.answer(call.agent.price);
    answer.served_by = served_by(call.who, call.agent.name, A2aVersion::v0_3);
    put_cost(answer, call.agent.price);
    return answer;
  } catch (UpstreamError& error) {
    explain_agents_own(error);
    throw;
  }
}

}  // namespace catalog
