// Stopping a call that goes on after its answer has left.
#include <fmt/format.h>

#include "catalog/errors.h"
#include "tools/all.h"
#include "tools/error_text.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::StoredTask;

struct Arguments {
  std::string task_id;

  static constexpr auto fields() {
    return mcp::field_list(mcp::field("task_id", &Arguments::task_id, "As invoke returned it"));
  }
};

struct Result {
  std::string task_id;
  std::string status;
  std::string text;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(field("task_id", &R::task_id, ""), field("status", &R::status, ""),
                           field("text", &R::text, "What was stopped, and whether billing stops"));
  }
};

Result told(const StoredTask& task, std::string status, std::string text) {
  return {task.id, std::move(status), std::move(text)};
}

// A task that waits at its agent has no call here that could be stopped.
Result cancel_remote(Program& program, const StoredTask& task, const catalog::AgentTask& remote,
                     std::stop_token stop) {
  const catalog::TaskState state =
      program.catalog().directory(remote.directory).cancel(remote, stop);
  program.tasks().end(task.id, "canceled", "canceled at the agent", nullptr);
  return told(
      task, "canceled",
      fmt::format("The agent says: {}. What it charged so far is charged.", catalog::name(state)));
}

// Nobody waits for it, and nobody shall.
Result forget_job(Program& program, const StoredTask& task) {
  program.tasks().end(task.id, "canceled", "canceled: it is made and billed all the same", nullptr);
  return told(task, "canceled",
              "Nobody waits for it any more; the gateway makes and bills it all the same.");
}

Reply<Result> cancel_task(Program& program, mcp::Call& call, const Arguments& arguments) {
  const StoredTask task = program.tasks().cancel(arguments.task_id, call.principal());
  Result result;
  const auto remote = program.remote_task(task);
  const bool on_hold = task.status == "input_required" || task.status == "auth_required";
  if (task.over()) {
    result = told(task, task.status, "It was over already; nothing was stopped.");
  } else if (remote && (on_hold || program.tasks().left_behind(task))) {
    result = remote->is_job() ? forget_job(program, task)
                              : cancel_remote(program, task, *remote, call.stop_token());
  } else {
    result =
        told(task, "canceled",
             remote && remote->is_job()
                 ? "Nobody waits for it any more; the gateway makes and bills it all the same."
             : remote ? "The agent is told to cancel; what it charged so far is charged."
                      : "The stream is closed. Most providers stop billing then; Google, Bedrock, "
                        "Groq, Mistral and some others bill the whole answer.");
  }
  std::string text = fmt::format("{}: {}", result.status, result.text);
  return {std::move(result), std::move(text)};
}

}  // namespace

mcp::Tool cancel_task_tool(Program& program) {
  return make_tool(
      {"cancel_task",
       "Cancel task",
       "Stop a call that returned a task_id, upstream too, and say whether billing stops.",
       {.read_only = false, .destructive = true, .idempotent = true, .open_world = true}},
      program, cancel_task);
}

}  // namespace tools
