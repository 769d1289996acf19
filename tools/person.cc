#include "tools/person.h"

#include <fmt/format.h>

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

}  // namespace tools
