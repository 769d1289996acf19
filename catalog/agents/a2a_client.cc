#include "catalog/agents/a2a_client.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "catalog/agents/a2a_dialect.h"
#include "catalog/agents/bounded_json.h"
#include "catalog/agents/task_run.h"
#include "catalog/errors.h"
#include "catalog/spend/purse.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr Clocks lookup_clocks{milliseconds{5'000}, milliseconds{10'000}, milliseconds{10'000},
                               milliseconds{10'000}};
constexpr std::size_t max_card_bytes = std::size_t{256} << 10;
constexpr std::size_t max_list_bytes = std::size_t{16} << 20;

A2aRequest request_for(const Prompt& prompt) {
  A2aRequest request;
  request.text = prompt.text;
  request.files = &prompt.files;
  request.context_id = prompt.context_id;
  return request;
}

void explain_refusal(const A2aCall& call, UpstreamError& error) {
  const bool refused = error.kind == Kind::unauthorized || error.kind == Kind::forbidden;
  if (!refused || !is_withheld(call)) return;
  error.advice = fmt::format(
      "the configured credential was not sent: it is bound to {}, and the agent's endpoint is {}",
      call.credential->origin, call.interface.url);
}

// A prompt, as a new task or as a message of one.
Answer converse(const A2aCall& call, const AgentTask* task, const Prompt& prompt,
                const Listener& listener, Transfers& transfers, SpokenVersions& versions,
                std::stop_token stop) {
  refuse_model_arguments(prompt);
  TaskProgress progress(listener);
  A2aRequest request = request_for(prompt);
  if (task != nullptr) {
    progress.resume(*task);
    request.task_id = task->task_id;
    request.context_id = task->context_id;
  }
  TaskRun run(call, call.version, progress, prompt.patience, listener, transfers, stop);
  Purchase bought(prompt.purse, call.directory, direct_quote(call.price));
  try {
    run.send(std::move(request), versions, bought);
    run.watch();
    Answer answer = run.answer();
    bought.settle(answer);
    return answer;
  } catch (const Cancelled&) {
    run.abandon();
    throw;
  } catch (UpstreamError& error) {
    explain_refusal(call, error);
    bought.failed(error);
    throw;
  }
}

Response look_up(const A2aCall& call, const A2aRequest& request, std::size_t max_bytes,
                 Transfers& transfers, std::stop_token stop) {
  const Dialect* dialect = find_dialect(call.interface.protocol_binding, call.version);
  if (dialect == nullptr || !offers(*dialect, request.operation)) {
    throw Refused(Kind::unsupported, fmt::format("{} cannot be asked for this", call.who));
  }
  Exchange exchange = written(*dialect, call.interface, request);
  exchange.credential = is_withheld(call) ? nullptr : call.credential;
  exchange.public_addresses_only = call.public_addresses_only;
  exchange.clocks = lookup_clocks;
  exchange.max_bytes = max_bytes;
  return transfers.perform(exchange, stop);
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
  const std::array<ModelArgument, 5> arguments = {{
      {prompt.system.has_value(), "system", "an agent has no system prompt: put it into `prompt`"},
      {prompt.max_tokens.has_value(), "max_tokens",
       "leave `max_tokens` out; say in `prompt` how long the answer may be"},
      {prompt.temperature.has_value(), "temperature", "leave `temperature` out"},
      {prompt.reasoning_effort.has_value(), "reasoning_effort",
       "leave `reasoning_effort` out; say in `prompt` how thorough the agent should be"},
      {!prompt.options.empty(), "options", "leave `options` out; say it in `prompt`"},
  }};
  for (const ModelArgument& argument : arguments) {
    if (!argument.given) continue;
    throw Refused(Kind::unsupported, fmt::format("an agent takes no `{}`", argument.name),
                  std::string(argument.instead));
  }
}

bool is_withheld(const A2aCall& call) {
  if (call.credential == nullptr || call.credential->secret.empty()) return false;
  const auto url = parse_url(call.interface.url);
  return url && url->origin() != call.credential->origin;
}

A2aCall call_of_task(A2aCall agent, const AgentTask& task) {
  agent.interface = {task.endpoint, task.binding, task.version, task.tenant};
  agent.version = a2a_version(task.version).value_or(A2aVersion::v1_0);
  agent.streaming = task.streaming;
  agent.directory = task.directory;
  agent.slug = task.slug;
  agent.route = task.route;
  return agent;
}

Answer call_agent(const A2aCall& call, const Prompt& prompt, const Listener& listener,
                  Transfers& transfers, SpokenVersions& versions, std::stop_token stop) {
  return converse(call, nullptr, prompt, listener, transfers, versions, std::move(stop));
}

Answer answer_task(const A2aCall& call, const AgentTask& task, const Prompt& prompt,
                   const Listener& listener, Transfers& transfers, std::stop_token stop) {
  SpokenVersions spoken;  // the task knows
  return converse(call, &task, prompt, listener, transfers, spoken, std::move(stop));
}

Answer follow_task(const A2aCall& call, const AgentTask& task, const Patience& patience,
                   const Listener& listener, Transfers& transfers, std::stop_token stop) {
  TaskProgress progress(listener);
  progress.resume(task);
  return follow_task(call, call.version, progress, patience, listener, transfers, std::move(stop));
}

Answer follow_task(const A2aCall& call, A2aVersion version, TaskProgress& progress,
                   const Patience& patience, const Listener& listener, Transfers& transfers,
                   std::stop_token stop) try {
  TaskRun run(call, version, progress, patience, listener, transfers, std::move(stop));
  run.watch();
  return run.answer();
} catch (UpstreamError& error) {
  explain_refusal(call, error);
  throw;
}

TaskState cancel_task(const A2aCall& call, const AgentTask& task, Transfers& transfers,
                      std::stop_token stop) {
  const Listener nobody;
  const Patience patience;
  TaskProgress progress(nobody);
  progress.resume(task);
  return TaskRun(call, call.version, progress, patience, nobody, transfers, std::move(stop))
      .cancel();
}

TaskPage list_tasks(const A2aCall& call, const std::string& context_id,
                    const std::string& page_token, Transfers& transfers, std::stop_token stop) {
  A2aRequest request;
  request.operation = Operation::list;
  request.context_id = context_id;
  request.page_token = page_token;
  const Response response = look_up(call, request, max_list_bytes, transfers, std::move(stop));
  if (auto page = decode_task_page(response.body)) return std::move(*page);
  const RpcReply reply = decode_reply(response.body);
  if (reply.error && reply.error->code <= -32000) throw rpc_error(call.who, *reply.error);
  if (response.head.status >= 300) throw http_error(call.who, response.head, response.body);
  throw UpstreamError(Kind::malformed,
                      fmt::format("{} answered with something that is not a list", call.who));
}

std::optional<std::string> extended_card(const A2aCall& call, Transfers& transfers,
                                         std::stop_token stop) try {
  A2aRequest request;
  request.operation = Operation::extended_card;
  const Response response = look_up(call, request, max_card_bytes, transfers, std::move(stop));
  const auto document = parse_bounded(response.body);
  if (response.head.status != 200 || !document) return std::nullopt;
  if (const json* result = member(*document, {"result"})) return dumped(*result);
  return member(*document, {"error"}) == nullptr ? std::optional(response.body) : std::nullopt;
} catch (const UpstreamError&) {
  return std::nullopt;
} catch (const Refused&) {
  return std::nullopt;
}

}  // namespace catalog
