#include "catalog/agents/takoapi_gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/agents/a2a_client.h"
#include "catalog/agents/a2a_dialect.h"
#include "catalog/agents/a2a_reply.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/task_run.h"
#include "catalog/spend/purse.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr Clocks message_clocks{milliseconds{10'000}, milliseconds{35'000}, milliseconds{35'000},
                                milliseconds{35'000}};
constexpr Clocks stream_clocks{milliseconds{10'000}, milliseconds{130'000}, milliseconds{130'000},
                               milliseconds{130'000}};

// The shorthand where it will do: older deployments read nothing else.
json body_for(const Prompt& prompt, const AgentTask* task) {
  if (task == nullptr && prompt.context_id.empty() && prompt.files.empty()) {
    return {{"text", prompt.text}};
  }
  A2aRequest request;
  request.text = prompt.text;
  request.files = &prompt.files;
  request.message_id = random_uuid();
  request.context_id = task != nullptr ? task->context_id : prompt.context_id;
  if (task != nullptr) request.task_id = task->task_id;
  json parameters = find_dialect("JSONRPC", A2aVersion::v0_3)->parameters(request);
  return {{"message", std::move(parameters["message"])}};
}

void bound(Clocks& clocks, const Patience& patience) {
  if (!patience.until) return;
  const auto left =
      std::chrono::duration_cast<milliseconds>(*patience.until - std::chrono::steady_clock::now());
  clocks.total = std::clamp(left, milliseconds(1), clocks.total);
}

Exchange exchange_for(const TakoapiCall& call, const Prompt& prompt, const AgentTask* task) {
  const json body = body_for(prompt, task);
  const bool streaming =
      call.agent.streaming && call.agent.price.model == "FREE" && body.contains("text");
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = fmt::format("{}/v1/agents/{}/{}", call.base_url, percent_encoded(call.agent.slug),
                             streaming ? "stream" : "message");
  exchange.headers = {"Content-Type: application/json",
                      "Accept: text/event-stream, application/json"};
  exchange.credential = &call.credential;
  exchange.body = dumped(body);
  exchange.clocks = streaming ? stream_clocks : message_clocks;
  bound(exchange.clocks, prompt.patience);
  return exchange;
}

// The same agent at its own endpoint, which the gateway's key does not go to.
A2aCall behind_gateway(const TakoapiCall& call) {
  A2aCall direct;
  direct.who = call.who;
  direct.name = call.agent.name;
  direct.interface = {call.agent.endpoint_url, "JSONRPC", "0.3", ""};
  direct.version = A2aVersion::v0_3;
  direct.streaming = call.agent.streaming;
  direct.public_addresses_only = call.public_addresses_only;
  direct.price = call.agent.price;
  direct.directory = call.agent.directory;
  direct.slug = call.agent.slug;
  direct.route = "gateway";
  return direct;
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

namespace {

// What breaks once the agent has told of its task is not lost: the task is asked for afterwards.
void send_through(const TakoapiCall& call, Exchange exchange, A2aReply& reply, Transfers& transfers,
                  std::stop_token stop) try {
  perform_into(reply, exchange, call.agent.price, transfers, std::move(stop));
} catch (const UpstreamError&) {
  if (!reply.taken() || reply.progress().task_id().empty()) throw;
}

// The gateway knows no tasks. Where the agent cannot be asked directly, what is known of its task
// stands: it is working.
void watch_directly(const TakoapiCall& call, TaskRun& run) {
  if (call.agent.endpoint_url.empty()) return;
  try {
    run.watch();
  } catch (const UpstreamError&) {
  } catch (const Refused&) {
  }
}

}  // namespace

std::optional<Answer> call_through_takoapi(const TakoapiCall& call, const Prompt& prompt,
                                           const AgentTask* task, const Listener& listener,
                                           Transfers& transfers, std::stop_token stop) {
  TaskProgress progress(listener);
  if (task != nullptr) progress.resume(*task);
  const A2aCall direct = behind_gateway(call);
  TaskRun run(direct, direct.version, progress, prompt.patience, listener, transfers, stop);
  A2aReply reply(call.who, progress, listener);
  std::optional<UpstreamError> gateways_own;
  Purchase bought(prompt.purse, call.agent.directory, agent_quote(call.agent.price));
  try {
    Exchange exchange = exchange_for(call, prompt, task);
    exchange.on_send = [&bought] { bought.sent(); };
    send_through(call, std::move(exchange), reply, transfers, stop);
    if ((gateways_own = takoapi_error(call, reply.head(), reply.document()))) throw *gateways_own;
    if (reply.error() && is_other_version(*reply.error()) && !reply.taken()) {
      bought.release();
      return std::nullopt;
    }
    reply.check(call.agent.price);
    bought.settle(run.answer());  // by the call: what the agent does from here on costs no more
    watch_directly(call, run);
    return run.answer();
  } catch (const Cancelled&) {
    run.abandon();
    throw;
  } catch (UpstreamError& error) {
    if (!gateways_own) explain_agents_own(error);
    bought.failed(error);
    throw;
  }
}

}  // namespace catalog
