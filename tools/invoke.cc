// Sending a prompt to a model or an agent, and its answer back.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

#include "tools/all.h"
#include "tools/format.h"
#include "tools/long_text.h"
#include "tools/progress.h"
#include "tools/tool.h"

namespace tools {
namespace {

using catalog::Answer;

constexpr std::array<std::string_view, 7> efforts = {"none", "minimal", "low", "medium",
                                                     "high", "xhigh",   "max"};

struct Arguments {
  std::string target;
  std::string prompt;
  std::optional<std::string> system;
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<std::string> reasoning_effort;

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
        field("reasoning_effort", &A::reasoning_effort, "Models that reason", {.one_of = efforts}));
  }
};

struct UsageTokens {
  std::optional<std::int64_t> in;
  std::optional<std::int64_t> out;
  std::optional<std::int64_t> reasoning;
  std::optional<std::int64_t> cached;

  static constexpr auto fields() {
    using U = UsageTokens;
    using mcp::field;
    return mcp::field_list(field("in", &U::in, ""), field("out", &U::out, ""),
                           field("reasoning", &U::reasoning, ""), field("cached", &U::cached, ""));
  }
};

struct Result {
  std::string status;
  std::string text;
  std::string served_by;
  UsageTokens usage;
  std::optional<double> cost_usd;
  std::string cost_source;
  std::int64_t duration_ms = 0;
  std::optional<std::string> finish_reason;
  std::optional<std::int64_t> text_bytes;
  std::optional<std::string> text_file;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(
        field("status", &R::status, "completed, input_required or auth_required"),
        field("text", &R::text, ""), field("served_by", &R::served_by, ""),
        field("usage", &R::usage, "Tokens"), field("cost_usd", &R::cost_usd, ""),
        field("cost_source", &R::cost_source, "reported, estimated or unknown"),
        field("duration_ms", &R::duration_ms, ""), field("finish_reason", &R::finish_reason, ""),
        field("text_bytes", &R::text_bytes, "Of the whole, when text was cut"),
        field("text_file", &R::text_file, "The whole, when text was cut"));
  }
};

std::string_view name(catalog::Status status) {
  switch (status) {
    case catalog::Status::completed:
      return "completed";
    case catalog::Status::input_required:
      return "input_required";
    case catalog::Status::auth_required:
      return "auth_required";
  }
  return "";
}

std::string_view name(catalog::CostSource source) {
  switch (source) {
    case catalog::CostSource::reported:
      return "reported";
    case catalog::CostSource::estimated:
      return "estimated";
    case catalog::CostSource::unknown:
      return "unknown";
  }
  return "";
}

std::string tokens_text(const UsageTokens& usage) {
  std::string text;
  if (usage.in) text += fmt::format(" · {} in", *usage.in);
  if (usage.out) text += fmt::format(", {} out", *usage.out);
  if (usage.reasoning.value_or(0) > 0) text += fmt::format(" ({} reasoning)", *usage.reasoning);
  return text;
}

std::string cost_text(const Result& result) {
  if (!result.cost_usd) return " · cost unknown";
  return fmt::format(" · {}{}", money(*result.cost_usd),
                     result.cost_source == "estimated" ? " estimated" : "");
}

// What stands behind the answer in the text form: who answered, what it took.
std::string footer(const Result& result) {
  std::string text = fmt::format("[{}{}{} · {:.1f} s", result.served_by, tokens_text(result.usage),
                                 cost_text(result), static_cast<double>(result.duration_ms) / 1000);
  const std::string reason = result.finish_reason.value_or("stop");
  if (reason != "stop" && reason != "completed") text += " · finish_reason " + reason;
  return text + "]";
}

std::string text_of(const Result& result, const CutText& cut) {
  std::string text;
  if (result.status == "input_required") text = "The agent asks: ";
  if (result.status == "auth_required") text = "The agent wants a login: ";
  text += result.text;
  if (cut.cut()) {
    text += fmt::format(
        "\n\n[cut: {} of {} bytes. {}]", cut.text.size(), cut.total_bytes,
        cut.file.empty() ? "The rest could not be kept: " + cut.problem : "The whole: " + cut.file);
  }
  return text + "\n\n" + footer(result);
}

Reply<Result> reply(Answer&& answer, const Program& program, std::chrono::milliseconds took) {
  const auto most = static_cast<std::size_t>(program.settings().result_bytes);
  CutText cut = cut_text(std::move(answer.text), most, program.settings().state_folder);
  Result result;
  result.status = name(answer.status);
  result.text = cut.text;
  result.served_by = answer.served_by;
  result.usage = {answer.usage.prompt_tokens, answer.usage.completion_tokens,
                  answer.usage.reasoning_tokens, answer.usage.cached_tokens};
  result.cost_usd = answer.cost_usd;
  result.cost_source = name(answer.cost_source);
  result.duration_ms = took.count();
  if (!answer.finish_reason.empty()) result.finish_reason = answer.finish_reason;
  if (cut.cut()) result.text_bytes = static_cast<std::int64_t>(cut.total_bytes);
  if (!cut.file.empty()) result.text_file = cut.file;
  std::string text = text_of(result, cut);
  return {std::move(result), std::move(text)};
}

Answer ask(const catalog::Target& target, const catalog::Prompt& prompt,
           const catalog::Listener& listener, std::stop_token stop) {
  if (const auto* model = std::get_if<catalog::ModelTarget>(&target)) {
    return model->gateway.invoke(model->id, prompt, listener, stop);
  }
  const auto& agent = std::get<catalog::AgentTarget>(target);
  return agent.directory.invoke(agent.slug, prompt, listener, stop);
}

Reply<Result> invoke(Program& program, mcp::Call& call, const Arguments& arguments) {
  const catalog::Prompt prompt{arguments.prompt, arguments.system, arguments.max_tokens,
                               arguments.temperature, arguments.reasoning_effort};
  Progress progress(call);
  Answer answer = ask(program.catalog().resolve(arguments.target), prompt, progress.listener(),
                      call.stop_token());
  const auto took = std::chrono::steady_clock::now() - call.received;
  return reply(std::move(answer), program,
               std::chrono::duration_cast<std::chrono::milliseconds>(took));
}

}  // namespace

mcp::Tool invoke_tool(Program& program) {
  return make_tool<Arguments, Result>(
      {"invoke",
       "Invoke a model or agent",
       "Send a prompt to one AI model or remote agent and return its answer with what it cost. "
       "SPENDS MONEY unless the model is free. Find targets with list_models or list_agents.",
       {.read_only = false, .destructive = false, .idempotent = false, .open_world = true}},
      [&program](mcp::Call& call, const Arguments& arguments) {
        return invoke(program, call, arguments);
      });
}

}  // namespace tools
