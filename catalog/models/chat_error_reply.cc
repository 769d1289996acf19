#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/retry_after.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t longest_message = 1000;
constexpr std::size_t longest_word = 100;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

// Account ids ("user_…") may stand in quoted provider texts too.
std::string without_accounts(std::string text) {
  constexpr std::string_view prefix = "user_";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at + prefix.size());
    const auto end = std::find_if_not(begin, text.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
    if (end - begin >= 8) text.replace(begin, end, "[hidden]");
  }
  return text;
}

// The message of a JSON error, whatever holds it: {error: {message}}, {error: "…"}, {message},
// {detail}.
std::string plain_message(const json& document) {
  if (document.is_string()) return document.get<std::string>();
  if (const json* error = member(document, {"error"})) {
    std::string message = plain_message(*error);
    if (!message.empty()) return message;
  }
  return text_member(document, {"message", "detail", "error_description"}, longest_message);
}

// Nothing, null, "" and the like are no error.
const json* error_member(const json& object) {
  const json* error = member(object, {"error"});
  const bool said = error != nullptr && (error->is_object() || error->is_string());
  return said && !error->empty() && *error != "" ? error : nullptr;
}

// Beside the choices of a chat reply, or in the first of them (OpenRouter API, "Streaming").
const json* find_error(const json& document) {
  if (const json* error = error_member(document)) return error;
  const json* choices = list_member(document, {"choices"});
  return choices == nullptr || choices->empty() ? nullptr : error_member(choices->front());
}

// `metadata.raw`: what the provider sent, as text, often JSON inside a string.
std::string raw_message(const json& raw) {
  if (!raw.is_string()) return plain_message(raw);
  const auto& text = raw.get_ref<const std::string&>();
  if (const auto inner = parse_bounded(text); inner && !inner->is_number()) {
    std::string message = plain_message(*inner);
    if (!message.empty()) return message;
  }
  return text;
}

std::optional<std::chrono::seconds> seconds_member(const json* object, Names names) {
  if (object == nullptr) return std::nullopt;
  const auto seconds = number_member(*object, names);
  return seconds ? retry_after_seconds(*seconds) : std::nullopt;
}

std::optional<std::chrono::seconds> decode_retry_after(const json* availability,
                                                       const json* metadata) {
  if (const auto wait = seconds_member(availability, {"retry_after"})) return wait;
  if (const auto wait = seconds_member(metadata, {"retry_after_seconds"})) return wait;
  const json* headers = metadata == nullptr ? nullptr : member(*metadata, {"headers"});
  return seconds_member(headers, {"Retry-After", "retry-after"});
}

// Where the type stands differs by route and by server; the first that is there counts.
std::string decode_type(const json& document, const json& error, const json* metadata,
                        const json* availability) {
  const auto of = [](const json* object, Names names) {
    return object == nullptr ? std::string() : text_member(*object, names, longest_word);
  };
  for (std::string type :
       {of(metadata, {"error_type"}), of(&error, {"error_type"}), of(&document, {"error_type"}),
        of(availability, {"code"}), of(&error, {"code"})}) {
    if (!type.empty() && (type.front() < '0' || type.front() > '9')) return type;
  }
  const bool moderation = metadata != nullptr && member(*metadata, {"reasons", "flagged_input"});
  return moderation ? "content_policy_violation" : of(&error, {"type"});
}

// Why a 402 was given tells whether it passes (OpenRouter API, "Errors", `metadata.reason`).
std::optional<bool> retryable_by_reason(const ErrorReply& reply) {
  if (reply.reason == "weight_exceeds_budget") return false;  // this call alone is too large
  const bool in_flight = reply.limit_source == "openrouter_in_flight_budget";
  return in_flight || reply.reason == "in_flight_budget_exhausted" ? std::optional(true)
                                                                   : std::nullopt;
}

bool is_line(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

// A list of words, with commas; at most ten of them.
std::string words_of(const json& object, Names names) {
  constexpr std::size_t most = 10;
  const json* list = list_member(object, names);
  std::string text;
  for (std::size_t i = 0; list != nullptr && i < std::min(list->size(), most); ++i) {
    const json item = {{"word", (*list)[i]}};
    const std::string word = without_accounts(text_member(item, {"word"}, longest_word));
    if (!is_line(word)) continue;
    text += text.empty() ? "" : ", ";
    text += word;
  }
  return text;
}

// OpenRouter API, "Errors", `availability`: which filters left nobody, and what set the last.
void decode_filters(const json& availability, ErrorReply& reply) {
  reply.filters = words_of(availability, {"excluded_by"});
  const json* constraint = member(availability, {"constraint"});
  if (constraint == nullptr) return;
  for (const char* part : {"field", "detail"}) {
    const std::string text = without_accounts(text_member(*constraint, {part}, longest_word));
    if (!is_line(text)) continue;
    reply.constraint += reply.constraint.empty() ? "" : ": ";
    reply.constraint += text;
  }
}

void decode_metadata(const json& metadata, ErrorReply& reply) {
  reply.provider = text_member(metadata, {"provider_name"}, longest_word);
  reply.failed_step = text_member(metadata, {"failed_routing_step"}, longest_word);
  reply.limit_source = text_member(metadata, {"limit_source"}, longest_word);
  reply.reason = text_member(metadata, {"reason"}, longest_word);
  reply.complaints = words_of(metadata, {"reasons", "patterns"});
  if (!reply.retryable) reply.retryable = retryable_by_reason(reply);
  const json* raw = member(metadata, {"raw"});
  const bool empty = reply.message.empty() || reply.message == "Provider returned error";
  if (raw == nullptr || !empty) return;
  std::string message = raw_message(*raw);
  if (!message.empty()) reply.message = std::move(message);
}

void decode_object(const json& document, const json& error, ErrorReply& reply) {
  const json* metadata = member(error, {"metadata"});
  const json* availability = member(error, {"availability"});
  reply.message = text_member(error, {"message"}, longest_message);
  const double code = number_member(error, {"code", "http_status", "status"}).value_or(0);
  if (code >= 100 && code < 1000) reply.code = static_cast<int>(code);
  reply.type = decode_type(document, error, metadata, availability);
  reply.retry_after = decode_retry_after(availability, metadata);
  if (availability != nullptr) {
    decode_filters(*availability, reply);
    const json* retryable = member(*availability, {"retryable"});
    if (retryable != nullptr && retryable->is_boolean()) reply.retryable = retryable->get<bool>();
  }
  if (metadata != nullptr) decode_metadata(*metadata, reply);
}

}  // namespace

ErrorReply decode_error(std::string_view body) {
  ErrorReply reply;
  const std::string_view text = trimmed(body);
  const auto document = parse_bounded(text);
  reply.written = document && (document->is_object() || document->is_array());
  const json* error = document ? find_error(*document) : nullptr;
  if (error != nullptr && error->is_object()) {
    decode_object(*document, *error, reply);
  } else if (document) {
    reply.message = plain_message(error != nullptr ? *error : *document);
    reply.type = text_member(*document, {"error_type", "type"}, longest_word);
  } else if (!text.empty() && text.front() != '<' && text.front() != '{' && text.front() != '[') {
    reply.message = std::string(text.substr(0, longest_message));
  }
  reply.message = without_accounts(cut_text(trimmed(reply.message), longest_message));
  return reply;
}

}  // namespace catalog
