#include "catalog/models/chat_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/models/chat_files.h"
#include "catalog/models/media/chat_media.h"
#include "catalog/models/model_query.h"

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

void append_user_message(std::string& body, const Prompt& prompt) {
  if (prompt.files.empty()) {
    body += message("user", prompt.text);
    return;
  }
  body += R"({"role":"user","content":)";
  append_content(body, prompt);
  body += '}';
}

std::int64_t tokens_of(std::size_t bytes) { return static_cast<std::int64_t>((bytes + 3) / 4); }

std::string turn(const PastTurn& said) {
  std::string text = message(said.by_model ? "assistant" : "user", said.text);
  if (said.reasoning_details.empty()) return text;
  text.pop_back();
  return fmt::format(R"({},"reasoning_details":{}}})", text, said.reasoning_details);
}

}  // namespace

bool asks_to_cache(const Prompt& prompt, const Model* known) {
  constexpr std::int64_t least = 1024;  // tokens; shorter prompts are not kept
  if (prompt.session_id.empty() || known == nullptr || known->author() != "anthropic") return false;
  return estimated_tokens(prompt) >= least;
}

bool searches_web(std::string_view model_id, const Prompt& prompt) {
  return prompt.web_search || is_online(model_id) ||
         std::any_of(prompt.fallbacks.begin(), prompt.fallbacks.end(), is_online);
}

std::int64_t estimated_tokens(std::string_view text) { return tokens_of(text.size()); }

std::int64_t estimated_tokens(const Prompt& prompt) { return tokens_of(text_bytes(prompt)); }

std::int64_t completion_limit(const Prompt& prompt, const Model* known) {
  std::int64_t limit =
      prompt.max_tokens.value_or(reasons(prompt, known) ? reasoning_limit : usual_limit);
  if (!known) return limit;
  if (known->max_completion_tokens) limit = std::min(limit, *known->max_completion_tokens);
  if (known->context_length == 0) return limit;
  const std::int64_t used = estimated_tokens(prompt);
  // A prompt that does not fit is for the gateway to refuse: it counts, we estimate.
  return std::min(limit, std::max(known->context_length - used, least_limit));
}

std::string chat_body(std::string_view model_id, const Prompt& prompt, const Model* known,
                      const ChatStyle& style, std::string_view preferences) {
  std::string body = fmt::format(R"({{"model":{},"messages":[)", quoted(std::string(model_id)));
  if (prompt.system) body += message("system", *prompt.system) + ',';
  for (const PastTurn& said : prompt.history) body += turn(said) + ',';
  append_user_message(body, prompt);
  body += R"(],"stream":true)";
  body += chat_options(prompt, known, style, preferences);
  const bool openrouter = style.dialect == Dialect::openrouter;
  if (openrouter && !prompt.files.empty()) append_pdf_reader(body, prompt, known);
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
