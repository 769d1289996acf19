#include "tools/person.h"

#include <fmt/format.h>

#include "mcp/errors.h"
#include "tools/error_text.h"

namespace tools {
namespace {

constexpr std::size_t longest_question = 2000;

}  // namespace

mcp::Question agents_question(const std::string& target, const std::string& text) {
  return mcp::ask_form(
      fmt::format("The remote agent {} asks: {}", target, quoted(text, longest_question)),
      {{"type", "object"},
       {"properties", {{"answer", {{"type", "string"}, {"title", "Your answer to the agent"}}}}},
       {"required", {"answer"}}});
}

std::optional<std::string> persons_answer(const mcp::Json& answer) {
  if (answer.value("action", "") != "accept" || !answer.contains("content")) return std::nullopt;
  std::string text = answer["content"].value("answer", "");
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::optional<Round> round_brought_back(const Settings& settings, const mcp::Call& call) {
  const mcp::Json& state = call.state();
  if (!settings.ask_person || !state.is_object() || !state.contains("task_id")) return std::nullopt;
  return Round{state.value("task_id", ""), state.value("round", std::int64_t{1}),
               catalog::Money{state.value("spent", std::int64_t{0})}};
}

std::optional<std::string> ask_person(mcp::Call& call, const mcp::Question& question,
                                      const Round& round) try {
  if (call.has_left() || !call.can_ask(question)) return std::nullopt;
  const std::string key = "answer-" + std::to_string(round.number);
  const mcp::Answers answers = call.need(
      {{key, question}},
      {{"task_id", round.task_id}, {"round", round.number}, {"spent", round.spent.nano_usd}});
  return persons_answer(answers.at(key));
} catch (const mcp::RpcError&) {
  return std::nullopt;  // an older client that did not answer: the model may
}

}  // namespace tools
