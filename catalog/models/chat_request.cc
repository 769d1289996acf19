#include "catalog/models/chat_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace catalog {
namespace {

constexpr std::int64_t usual_limit = 4096;
constexpr std::int64_t reasoning_limit = 16384;
constexpr std::int64_t least_limit = 16;  // some providers refuse less

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool reasons(const Prompt& prompt, const Model* known) {
  if (prompt.reasoning_effort && *prompt.reasoning_effort != "none") return true;
  return known && (known->reasoning || known->supports("reasoning"));
}

std::string message(std::string_view role, const std::string& text) {
  return fmt::format(R"({{"role":"{}","content":{}}})", role, quoted(text));
}

}  // namespace

std::int64_t estimated_tokens(std::string_view text) {
  return static_cast<std::int64_t>((text.size() + 3) / 4);
}

std::int64_t completion_limit(const Prompt& prompt, const Model* known) {
  std::int64_t limit =
      prompt.max_tokens.value_or(reasons(prompt, known) ? reasoning_limit : usual_limit);
  if (!known) return limit;
  if (known->max_completion_tokens) limit = std::min(limit, *known->max_completion_tokens);
  if (known->context_length == 0) return limit;
  const std::int64_t used =
      estimated_tokens(prompt.text) + estimated_tokens(prompt.system.value_or(""));
  // A prompt that does not fit is for the gateway to refuse: it counts, we estimate.
  return std::min(limit, std::max(known->context_length - used, least_limit));
}

std::string chat_body(std::string_view model_id, const Prompt& prompt, const Model* known) {
  std::string body = fmt::format(R"({{"model":{},"messages":[)", quoted(std::string(model_id)));
  if (prompt.system) body += message("system", *prompt.system) + ',';
  body += message("user", prompt.text);
  body += fmt::format(R"(],"stream":true,"max_tokens":{})", completion_limit(prompt, known));
  if (prompt.temperature)
    body += fmt::format(R"(,"temperature":{})", nlohmann::json(*prompt.temperature).dump());
  if (prompt.reasoning_effort) {
    body += fmt::format(R"(,"reasoning":{{"effort":{}}})", quoted(*prompt.reasoning_effort));
  }
  body += '}';
  return body;
}

Clocks chat_clocks(const Prompt& prompt, const Model* known) {
  using std::chrono::seconds;
  Clocks clocks;  // connect 10 s, first event 120 s, idle 60 s, total 600 s
  if (reasons(prompt, known)) {
    clocks.first_event = seconds(600);
    clocks.idle = seconds(300);
    clocks.total = seconds(3600);
  }
  return clocks;
}

}  // namespace catalog
