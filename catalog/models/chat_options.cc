#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "catalog/errors.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/media/chat_media.h"
#include "catalog/url.h"

namespace catalog {
namespace {

using nlohmann::json;

std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string limit(const Prompt& prompt, const Model* known, const ChatStyle& style) {
  return fmt::format(R"(,"{}":{})",
                     style.max_completion_tokens ? "max_completion_tokens" : "max_tokens",
                     completion_limit(prompt, known));
}

std::string reasoning(const std::string& effort, const ChatStyle& style) {
  if (style.dialect == Dialect::openai) {
    return fmt::format(R"(,"reasoning_effort":{})", quoted(effort));
  }
  return fmt::format(R"(,"reasoning":{{"effort":{}}})", quoted(effort));
}

// A model that does not reason need not be told so.
bool asks_for_nothing(const std::string& effort, const Model* known) {
  if (effort != "none" || known == nullptr || known->supported_parameters.empty()) return false;
  return !known->reasoning && !known->supports("reasoning") && !known->supports("reasoning_effort");
}

// The caller's routing preferences; without `require_parameters` a provider may ignore the schema
// (OpenRouter, "Structured outputs").
std::string provider(const Prompt& prompt, std::string_view preferences, bool openrouter) {
  constexpr std::string_view required = R"("require_parameters":true})";
  const std::string_view given = preferences.empty() ? prompt.provider : preferences;
  const bool add = openrouter && !prompt.output_schema.empty() &&
                   given.find("require_parameters") == std::string::npos;
  if (!add) return std::string(given);
  if (given.empty()) return fmt::format("{{{}", required);
  return fmt::format("{},{}", given.substr(0, given.size() - 1), required);
}

std::string response_format(const std::string& schema) {
  return fmt::format(
      R"(,"response_format":{{"type":"json_schema","json_schema":{{"name":"answer","strict":true,)"
      R"("schema":{}}}}})",
      schema);
}

// A few searches at most: each is paid for, and how many there are the model decides.
constexpr std::string_view web_search =
    R"(,"tools":[{"type":"openrouter:web_search","parameters":{"max_uses":3}}])";

}  // namespace

ChatStyle chat_style(const GatewaySettings& settings) {
  const auto url = parse_url(settings.base_url);
  return {settings.dialect, url && url->host == "api.openai.com"};
}

std::string chat_options(const Prompt& prompt, const Model* known, const ChatStyle& style,
                         std::string_view preferences) {
  std::string text = limit(prompt, known, style);
  if (prompt.temperature) {
    text += fmt::format(R"(,"temperature":{})", json(*prompt.temperature).dump());
  }
  if (prompt.reasoning_effort && !asks_for_nothing(*prompt.reasoning_effort, known)) {
    text += reasoning(*prompt.reasoning_effort, style);
  }
  if (!prompt.fallbacks.empty()) {
    text += fmt::format(R"(,"models":{})", json(prompt.fallbacks).dump());
  }
  const bool openrouter = style.dialect == Dialect::openrouter;
  const std::string routing = provider(prompt, preferences, openrouter);
  if (!routing.empty()) text += fmt::format(R"(,"provider":{})", routing);
  if (!prompt.output_schema.empty()) text += response_format(prompt.output_schema);
  if (prompt.web_search) text += web_search;
  if (openrouter && !prompt.session_id.empty()) {
    text += fmt::format(R"(,"session_id":{})", quoted(prompt.session_id));
  }
  if (openrouter && asks_to_cache(prompt, known))
    text += R"(,"cache_control":{"type":"ephemeral"})";
  text += chat_modalities(prompt, known);
  // OpenRouter always says what a call took; others only when they are asked.
  if (!openrouter) text += R"(,"stream_options":{"include_usage":true})";
  return text;
}

void require_style(const Prompt& prompt, const GatewaySettings& settings) {
  if (settings.dialect == Dialect::openrouter) return;
  const char* argument = !prompt.provider.empty()    ? "provider"
                         : !prompt.fallbacks.empty() ? "fallbacks"
                         : prompt.web_search         ? "web_search"
                                                     : nullptr;
  if (argument == nullptr) return;
  throw Refused(Kind::unsupported,
                fmt::format("{} is not available at {}", argument, settings.name),
                "Only OpenRouter knows of it: leave it out, or call a model there.");
}

}  // namespace catalog
