// Sending a prompt to a model or an agent, and its answer back.
#include <array>
#include <chrono>
#include <functional>

#include "tools/all.h"
#include "tools/answer_result.h"
#include "tools/error_text.h"
#include "tools/long_call.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::Answer;

constexpr std::array<std::string_view, 7> efforts = {"none", "minimal", "low", "medium",
                                                     "high", "xhigh",   "max"};

struct Arguments {
  std::optional<std::string> target;
  std::string prompt;
  std::optional<std::string> system;
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<std::string> reasoning_effort;
  std::optional<std::string> task_id;
  std::optional<std::int64_t> wait_seconds;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(
        field("target", &A::target, "Model id or agent:slug, as the lists show it"),
        field("prompt", &A::prompt, "All the target needs to know: it sees nothing else"),
        field("system", &A::system, "System prompt (models)"),
        field("max_tokens", &A::max_tokens, "Most output tokens, reasoning included; default 4096",
              {.minimum = 1, .maximum = 1'000'000}),
        field("temperature", &A::temperature, "Models only", {.minimum = 0, .maximum = 2}),
        field("reasoning_effort", &A::reasoning_effort, "Models that reason", {.one_of = efforts}),
        field("task_id", &A::task_id, "Instead of target: answers an input_required task"),
        field("wait_seconds", &A::wait_seconds, "Then status working and a task_id; default 50",
              {.minimum = 0, .maximum = 50}));
  }
};

using Ask = std::function<Answer(const catalog::Prompt&, const catalog::Listener&)>;

Ask asker(Program& program, const Arguments& arguments, std::stop_token stop) {
  const catalog::Target target = program.catalog().resolve(arguments.target.value());
  return [target, stop](const catalog::Prompt& prompt, const catalog::Listener& listener) {
    if (const auto* model = std::get_if<catalog::ModelTarget>(&target)) {
      return model->gateway.invoke(model->id, prompt, listener, stop);
    }
    const auto& agent = std::get<catalog::AgentTarget>(target);
    return agent.directory.invoke(agent.slug, prompt, listener, stop);
  };
}

// The agent's question, which the prompt answers. Only once: an answer is not sent again.
Ask answerer(Program& program, const catalog::StoredTask& task, std::stop_token stop) {
  const bool asks = task.status == "input_required" || task.status == "auth_required";
  const auto remote = catalog::agent_task(task.remote);
  if (!asks || !remote) {
    throw catalog::Refused(catalog::Kind::unsupported,
                           "task " + task.id + " asks for nothing: it is " + task.status,
                           "get_task shows it; a new goal needs a target instead of task_id.");
  }
  catalog::Directory& directory = program.catalog().directory(remote->directory);
  return [&directory, remote = *remote, stop](const catalog::Prompt& prompt,
                                              const catalog::Listener& listener) {
    return directory.answer(remote, prompt, listener, stop);
  };
}

catalog::Prompt prompt_of(const Arguments& arguments) {
  catalog::Prompt prompt;
  prompt.text = arguments.prompt;
  prompt.system = arguments.system;
  prompt.max_tokens = arguments.max_tokens;
  prompt.temperature = arguments.temperature;
  prompt.reasoning_effort = arguments.reasoning_effort;
  return prompt;
}

// Runs the call, and keeps its end where the caller may no longer be there to hear it.
Reply<AnswerResult> run(Program& program, mcp::Call& call, LongCall& long_call, const Ask& ask,
                        catalog::Prompt prompt) {
  prompt.patience = long_call.patience();
  try {
    Answer answer = ask(prompt, long_call.listener());
    const std::optional<catalog::AgentTask> task = answer.task;
    const auto took = std::chrono::steady_clock::now() - call.received;
    return long_call.ended(
        answer_reply(std::move(answer), program.settings(),
                     std::chrono::duration_cast<std::chrono::milliseconds>(took)),
        task);
  } catch (const catalog::UpstreamError& error) {
    long_call.failed("failed", error_text(error));
    throw;
  } catch (const catalog::Refused&) {
    long_call.put_back();
    throw;
  } catch (const catalog::Cancelled&) {
    long_call.failed("canceled", "canceled: the stream was closed");
    throw;
  }
}

std::chrono::seconds patience_of(const Arguments& arguments) {
  return std::chrono::seconds(arguments.wait_seconds.value_or(usual_patience.count()));
}

Reply<AnswerResult> invoke(Program& program, mcp::Call& call, const Arguments& arguments) {
  if (arguments.target.has_value() == arguments.task_id.has_value()) {
    throw mcp::InvalidArguments("arguments.target: give either target or task_id");
  }
  const std::stop_token stop = call.stop_token();
  if (arguments.target) {
    const Ask ask = asker(program, arguments, stop);
    LongCall long_call(program.tasks(), call, *arguments.target, patience_of(arguments));
    return run(program, call, long_call, ask, prompt_of(arguments));
  }
  const catalog::StoredTask task = program.tasks().find(*arguments.task_id, call.principal());
  const Ask ask = answerer(program, task, stop);
  LongCall long_call(program.tasks(), call, task.target, patience_of(arguments));
  if (!long_call.take_over(task)) {
    throw catalog::Refused(catalog::Kind::busy, "task " + task.id + " is being answered already",
                           "get_task waits for what comes of it.");
  }
  return run(program, call, long_call, ask, prompt_of(arguments));
}

}  // namespace

mcp::Tool invoke_tool(Program& program) {
  return make_tool(
      {"invoke",
       "Invoke a model or agent",
       "Send a prompt to one AI model or remote agent and return its answer with what it cost. "
       "SPENDS MONEY unless the model is free. Find targets with list_models or list_agents. A "
       "slow "
       "call returns status working and a task_id for get_task.",
       {.read_only = false, .destructive = false, .idempotent = false, .open_world = true}},
      program, invoke);
}

}  // namespace tools
