#include "tools/sandbox/sandbox_chat_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tools {
namespace {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

// `content`: a string, or a list of parts.
std::string content_text(const json& content, SandboxPrompt& prompt) {
  if (!content.is_array()) return text_of(content);
  std::string text;
  for (const json& part : content) {
    text += text_of(member(part, "text"));
    prompt.images += member(part, "type") == "image_url";
  }
  return text;
}

void read_messages(const json& messages, SandboxPrompt& prompt) {
  std::size_t bytes = 0;
  for (const json& message : messages) {
    std::string text = content_text(member(message, "content"), prompt);
    bytes += text.size();
    if (member(message, "role") == "user") prompt.text = std::move(text);
  }
  prompt.tokens = sandbox_tokens(bytes);
}

bool read_prompt(const json& body, SandboxPrompt& prompt) {
  const json& messages = member(body, "messages");
  const json& plain = member(body, "prompt");
  if (messages.is_array() && !messages.empty()) {
    read_messages(messages, prompt);
  } else if (plain.is_string()) {
    prompt.text = plain.get<std::string>();
    prompt.tokens = sandbox_tokens(prompt.text.size());
  } else {
    return false;
  }
  return true;
}

void read_options(const json& body, SandboxPrompt& prompt) {
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    const json& limit = member(body, name);
    if (limit.is_number_integer() && limit.get<std::int64_t>() > 0) {
      prompt.max_tokens = std::min<std::int64_t>(limit.get<std::int64_t>(), 1'000'000);
    }
  }
  prompt.stream = member(body, "stream") == true;
  const json& reasoning = member(body, "reasoning");
  for (const json* effort : {&member(body, "reasoning_effort"), &member(reasoning, "effort")}) {
    if (effort->is_string()) prompt.reasoning_effort = effort->get<std::string>();
  }
  if (member(reasoning, "enabled") == false) prompt.reasoning_effort = "none";
  prompt.reasoning_hidden =
      member(reasoning, "exclude") == true || member(body, "include_reasoning") == false;
}

void read_format(const json& body, SandboxPrompt& prompt) {
  const json& format = member(body, "response_format");
  const json& schema = member(member(format, "json_schema"), "schema");
  if (member(format, "type") == "json_schema" && schema.is_object()) prompt.schema = schema.dump();
  prompt.parameters_required = member(member(body, "provider"), "require_parameters") == true;
}

std::vector<std::string> read_models(const json& body) {
  std::vector<std::string> models;
  if (member(body, "model").is_string()) models.push_back(text_of(member(body, "model")));
  const json& fallbacks = member(body, "models");
  if (!fallbacks.is_array()) return models;
  for (const json& fallback : fallbacks) {
    if (fallback.is_string() && std::find(models.begin(), models.end(), fallback) == models.end()) {
      models.push_back(text_of(fallback));
    }
  }
  return models;
}

}  // namespace

std::variant<SandboxReply, SandboxChatRequest> decode_chat_request(const SandboxRequest& request) {
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return gateway_error(400, "Input must have at least 1 token.");
  SandboxChatRequest decoded;
  decoded.models = read_models(body);
  if (decoded.models.empty()) {
    return gateway_error(400, "The sandbox has no default model: name one in \"model\".");
  }
  if (!read_prompt(body, decoded.prompt)) {
    return gateway_error(400, "Input required: specify \"prompt\" or \"messages\"");
  }
  read_options(body, decoded.prompt);
  read_format(body, decoded.prompt);
  decoded.prompt.authorization = request.header("authorization");
  return decoded;
}

}  // namespace tools
