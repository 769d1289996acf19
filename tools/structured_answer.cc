#include "tools/structured_answer.h"

#include <fmt/format.h>

#include "catalog/errors.h"
#include "tools/format.h"

namespace tools {
namespace {

using catalog::Answer;
using catalog::Billed;
using catalog::CostSource;
using catalog::Kind;
using catalog::Prompt;
using catalog::Refused;
using catalog::UpstreamError;

void add(const std::optional<std::int64_t>& earlier, std::optional<std::int64_t>& sum) {
  if (earlier) sum = sum.value_or(0) + *earlier;
}

std::string cost_text(const Answer& answer) {
  return answer.cost_usd ? money(*answer.cost_usd) : "of unknown cost";
}

Prompt repair_prompt(const Prompt& prompt, const Answer& answer, const std::string& complaint) {
  Prompt repair = prompt;
  repair.history.push_back({false, prompt.text});
  repair.history.push_back({true, answer.text});
  repair.text = fmt::format(
      "That answer does not fit the JSON Schema that was asked for:\n{}\nAnswer again with JSON "
      "that fits it, and nothing else.",
      complaint);
  return repair;
}

UpstreamError malformed(const Answer& answer, std::string happened, std::string advice) {
  UpstreamError error(Kind::malformed, std::move(happened));
  error.advice = std::move(advice);
  error.partial_text = answer.text;
  error.request_id = answer.request_id;
  error.billed = catalog::billed_at(answer.cost_usd, Billed::unknown);
  return error;
}

// Asking again would be cut off at the same place.
[[noreturn]] void fail_cut_off(const Answer& answer) {
  throw malformed(answer, fmt::format("{} reached max_tokens within the JSON", answer.served_by),
                  "Raise max_tokens, or ask for less.");
}

[[noreturn]] void fail_twice(const Answer& answer, const std::string& complaint) {
  UpstreamError error = malformed(
      answer, fmt::format("{} gave two answers that do not fit output_schema", answer.served_by),
      fmt::format("Both together are {}. Simplify output_schema, or call another model.",
                  cost_text(answer)));
  error.provider_message = complaint;
  throw error;
}

Answer fitting(Answer answer, std::string json) {
  answer.text = json;
  answer.structured = std::move(json);
  return answer;
}

// The round that mends it may fail too, or not be made; what was paid for before is still told.
Answer asked_again(const Ask& ask, const Prompt& repair, const Answer& first,
                   const std::string& complaint, const catalog::Listener& listener) {
  try {
    return ask(repair, listener);
  } catch (const Refused& refused) {
    UpstreamError error = malformed(
        first,
        fmt::format("the answer of {} does not fit output_schema, and asking again was refused: {}",
                    first.served_by, refused.what_happened),
        fmt::format("That answer was {}. {}", cost_text(first), refused.advice));
    error.provider_message = complaint;
    throw error;
  } catch (UpstreamError& error) {
    error.advice +=
        fmt::format(" Before, an answer that does not fit output_schema was {}.", cost_text(first));
    if (error.partial_text.empty()) error.partial_text = first.text;
    if (first.cost_usd.value_or(1) > 0) error.billed = Billed::yes;
    throw;
  }
}

}  // namespace

void add_cost(const Answer& earlier, Answer& answer) {
  add(earlier.usage.prompt_tokens, answer.usage.prompt_tokens);
  add(earlier.usage.completion_tokens, answer.usage.completion_tokens);
  add(earlier.usage.reasoning_tokens, answer.usage.reasoning_tokens);
  add(earlier.usage.cached_tokens, answer.usage.cached_tokens);
  if (!earlier.cost_usd || !answer.cost_usd) {
    answer.cost_usd.reset();
    answer.cost_source = CostSource::unknown;
    return;
  }
  *answer.cost_usd += *earlier.cost_usd;
  if (earlier.cost_source != CostSource::reported) answer.cost_source = earlier.cost_source;
}

Schema schema_of(const mcp::Json& argument) {
  return argument.is_null() ? nullptr : std::make_shared<catalog::OutputSchema>(argument);
}

Ask structured(Ask ask, Schema schema) {
  return [ask = std::move(ask), schema = std::move(schema)](const Prompt& given,
                                                            const catalog::Listener& listener) {
    Prompt prompt = given;
    prompt.output_schema = schema->text();
    Answer first = ask(prompt, listener);
    auto checked = schema->check(first.text);
    if (checked.complaint.empty()) return fitting(std::move(first), std::move(checked.json));
    if (first.finish_reason == "length") fail_cut_off(first);
    listener.alive("asking again: the answer did not fit output_schema");
    Answer second = asked_again(ask, repair_prompt(prompt, first, checked.complaint), first,
                                checked.complaint, listener);
    second.notes.push_back(
        fmt::format("The first answer did not fit output_schema ({}); this is the second ({}).",
                    cost_text(first), cost_text(second)));
    add_cost(first, second);
    checked = schema->check(second.text);
    if (!checked.complaint.empty()) fail_twice(second, checked.complaint);
    return fitting(std::move(second), std::move(checked.json));
  };
}

void refuse_schema(std::string_view agent) {
  throw catalog::Refused(Kind::unsupported,
                         fmt::format("{} is an agent, and agents take no output_schema", agent),
                         "Leave output_schema out and describe the shape in the prompt.");
}

}  // namespace tools
