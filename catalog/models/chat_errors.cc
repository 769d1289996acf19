#include "catalog/models/chat_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "catalog/agents/bounded_json.h"
#include "catalog/models/retry_after.h"

namespace catalog {
namespace {

struct TextKind {
  std::string_view text;
  Kind kind;
};

// What refusals say where neither status nor type does; lower case, the first that occurs counts.
constexpr std::array<TextKind, 16> messages = {{
    {"key limit exceeded", Kind::out_of_credit},
    {"context length", Kind::too_long},
    {"context window", Kind::too_long},
    {"context size", Kind::too_long},
    {"too many tokens", Kind::too_long},
    {"prompt is too long", Kind::too_long},
    {"prompt too long", Kind::too_long},
    {"not a valid model", Kind::not_found},
    {"moderation", Kind::moderated},
    {"flagged", Kind::moderated},
    {"content policy", Kind::moderated},
    {"content management policy", Kind::moderated},
    {"no endpoints found for", Kind::not_found},
    {"no endpoints found", Kind::unsupported},
    {"no models match", Kind::unsupported},
    {"only management keys", Kind::forbidden},
}};

// OpenRouter API, "Errors": `error_type`, and the codes of `availability`.
constexpr std::array<TextKind, 41> types = {{
    {"context_length_exceeded", Kind::too_long},
    {"max_tokens_exceeded", Kind::too_long},
    {"token_limit_exceeded", Kind::too_long},
    {"string_too_long", Kind::too_long},
    {"payload_too_large", Kind::too_long},
    {"invalid_request", Kind::invalid_arguments},
    {"invalid_request_error", Kind::invalid_arguments},
    {"invalid_prompt", Kind::invalid_arguments},
    {"invalid_image", Kind::invalid_arguments},
    {"image_too_large", Kind::invalid_arguments},
    {"image_too_small", Kind::invalid_arguments},
    {"unsupported_image_format", Kind::invalid_arguments},
    {"image_download_failed", Kind::invalid_arguments},
    {"precondition_failed", Kind::invalid_arguments},
    {"unprocessable", Kind::invalid_arguments},
    {"content_policy_violation", Kind::moderated},
    {"refusal", Kind::moderated},
    {"authentication", Kind::unauthorized},
    {"invalid_api_key", Kind::unauthorized},
    {"payment_required", Kind::out_of_credit},
    {"insufficient_quota", Kind::out_of_credit},
    {"permission_denied", Kind::forbidden},
    {"region_restricted", Kind::forbidden},
    {"not_found", Kind::not_found},
    {"image_not_found", Kind::not_found},
    {"model_not_found", Kind::not_found},
    {"no_endpoints", Kind::not_found},
    {"model_deprecated", Kind::not_found},
    {"model_unavailable_upstream", Kind::not_found},
    {"free_variant_ended", Kind::not_found},
    {"wrong_endpoint", Kind::unsupported},
    {"privacy_restricted", Kind::unsupported},
    {"constraint_filtered", Kind::unsupported},
    {"rate_limit_exceeded", Kind::rate_limited},
    {"capacity_exhausted", Kind::rate_limited},
    {"server", Kind::unavailable},
    {"unmapped", Kind::unavailable},
    {"provider_unavailable", Kind::unavailable},
    {"provider_overloaded", Kind::unavailable},
    {"temporarily_unavailable", Kind::unavailable},
    {"timeout", Kind::timed_out},
}};

struct StatusKind {
  int status;
  Kind kind;
};

constexpr std::array<StatusKind, 11> statuses = {{{401, Kind::unauthorized},
                                                  {402, Kind::out_of_credit},
                                                  {403, Kind::forbidden},
                                                  {404, Kind::not_found},
                                                  {408, Kind::timed_out},
                                                  {410, Kind::not_found},
                                                  {413, Kind::too_long},
                                                  {429, Kind::rate_limited},
                                                  {504, Kind::timed_out},
                                                  {522, Kind::timed_out},
                                                  {524, Kind::timed_out}}};

Kind kind_of_status(int status) {
  for (const StatusKind& row : statuses) {
    if (row.status == status) return row.kind;
  }
  if (status >= 300 && status < 400) return Kind::malformed;
  return status >= 400 && status < 500 ? Kind::invalid_arguments : Kind::unavailable;
}

// These three statuses mean one thing, whatever the words; of the others the words say which.
bool is_plain(int status) { return status == 401 || status == 402 || status == 429; }

// OpenAI says with 429 that an account is empty.
bool is_empty_account(const ErrorReply& reply) { return reply.type == "insufficient_quota"; }

Kind kind_of(int status, const ErrorReply& reply) {
  if (status == 429 && is_empty_account(reply)) return Kind::out_of_credit;
  const bool refusal = status >= 400 && status < 500 && !is_plain(status);
  if (refusal && !reply.failed_step.empty()) return Kind::unsupported;
  const std::string message = lower_case(reply.message);
  for (const TextKind& row : messages) {
    if (refusal && message.find(row.text) != std::string::npos) return row.kind;
  }
  for (const TextKind& row : types) {
    if (!is_plain(status) && reply.type == row.text) return row.kind;
  }
  return kind_of_status(status);
}

// An error inside a success: its code, else what its type stands for, else a failure of the
// provider.
int effective_status(const ResponseHead& head, const ErrorReply& reply) {
  if (head.status < 200 || head.status >= 300) return head.status;
  if (reply.code >= 300) return reply.code;
  for (const TextKind& row : types) {
    if (reply.type != row.text) continue;
    for (const StatusKind& status : statuses) {
      if (status.kind == row.kind) return status.status;
    }
    return row.kind == Kind::unavailable ? 502 : 400;
  }
  return 502;
}

// Advice for particular refusals; lower case, the first that occurs counts.
struct TextAdvice {
  std::string_view text;
  std::string_view advice;
};

constexpr std::array<TextAdvice, 5> particular = {{
    {"reasoning is mandatory", "Leave reasoning_effort out, or pass a level other than none."},
    {"free-models-per-day",
     "The account's free calls are used up until midnight UTC: call a paid model."},
    {"free-models-per-min",
     "Free models take 20 calls a minute: wait a minute, or call a paid one."},
    {"requires at least $", "Add credit to the account, or call a model with text output."},
    {"max price",
     "Providers take more than the catalogue's price, which is the most that is sent along: allow "
     "more with provider.max_price, or call another model."},
}};

// "… but can only afford 3395" (OpenRouter's estimate counts max_tokens in full).
std::optional<std::int64_t> affordable_tokens(std::string_view message) {
  constexpr std::string_view marker = "can only afford ";
  const std::size_t at = message.find(marker);
  if (at == std::string_view::npos) return std::nullopt;
  const char* const begin = message.data() + at + marker.size();
  std::int64_t tokens = 0;
  const auto [end, error] = std::from_chars(begin, message.data() + message.size(), tokens);
  if (error != std::errc() || end == begin || tokens <= 0) return std::nullopt;
  return tokens;
}

std::string credit_advice(const ErrorContext& context, const ErrorReply& reply) {
  const bool too_large = reply.reason == "weight_exceeds_budget";
  if (reply.limit_source == "openrouter_in_flight_budget" && !too_large) {
    return "Running calls hold the rest of the credit: retry when they have ended, or lower "
           "max_tokens.";
  }
  if (const auto tokens = affordable_tokens(reply.message)) {
    // Some room, because the account is charged for other calls meanwhile.
    return fmt::format("Pass max_tokens of at most {}, or add credit to the account.",
                       *tokens - *tokens / 20);
  }
  if (too_large) {
    return "This call alone may cost more than the credit allows: lower max_tokens, shorten the "
           "prompt, or call a cheaper model.";
  }
  const bool key_limit = reply.limit_source == "openrouter_key_limit" ||
                         lower_case(reply.message).find("key limit") != std::string::npos;
  if (key_limit) {
    return fmt::format("The key has a spending limit of its own at {}: the user must raise it.",
                       context.gateway);
  }
  return fmt::format("The user must add credit at {}, or call a free model.", context.gateway);
}

std::string key_advice(const ErrorContext& context) {
  const std::string source = context.key_source.empty() ? "the configuration" : context.key_source;
  return fmt::format("The user must correct the key in {}; a retry cannot help.", source);
}

std::string wait_advice(const std::optional<std::chrono::seconds>& wait) {
  if (wait) return fmt::format("Retry after {} s, or call another model.", wait->count());
  return "Wait a little and retry, or call another model.";
}

// Free models mostly learn from what they are told.
std::string data_policy_advice(const ErrorContext& context) {
  return fmt::format("{} the data policy of the request (provider) or the account.",
                     context.subject.ends_with(":free")
                         ? "Call a model without \":free\", or relax"
                         : "Call a model that list_models shows with zdr, or relax");
}

std::string filter_advice(const ErrorReply& reply) {
  const std::string from = reply.constraint.empty() ? "" : fmt::format(" ({})", reply.constraint);
  return fmt::format(
      "The gateway's filters left no provider: relax {}{} in provider or in the "
      "account, or call another model.",
      reply.filters.empty() ? "what is named here" : reply.filters, from);
}

std::string routing_advice(const ErrorReply& reply) {
  if (!reply.filters.empty() || !reply.constraint.empty()) return filter_advice(reply);
  if (reply.failed_step.empty()) {
    return "No provider of this model offers what was asked: drop that argument, or call a model "
           "that supports it (list_models, supports).";
  }
  return fmt::format(
      "The gateway's step \"{}\" left no provider: relax that requirement, or call another model.",
      reply.failed_step);
}

std::string advice(Kind kind, const ErrorContext& context, const ErrorReply& reply,
                   const std::optional<std::chrono::seconds>& wait) {
  const std::string message = lower_case(reply.message);
  for (const TextAdvice& row : particular) {
    if (message.find(row.text) != std::string::npos) return std::string(row.advice);
  }
  const bool by_policy = message.find("data policy") != std::string::npos ||
                         lower_case(reply.failed_step).find("data policy") != std::string::npos;
  if (by_policy && reply.filters.empty()) return data_policy_advice(context);
  switch (kind) {
    case Kind::too_long:
      return "Shorten the prompt or lower max_tokens, or call a model with a larger context "
             "(list_models, min_context).";
    case Kind::moderated:
      return "Rephrase the prompt, or call another model.";
    case Kind::not_found:
      return "Find the right id with list_models.";
    case Kind::unsupported:
      return routing_advice(reply);
    case Kind::unauthorized:
      return key_advice(context);
    case Kind::out_of_credit:
      return credit_advice(context, reply);
    case Kind::forbidden:
      return "A rule of the account or the key forbids this: call another model.";
    case Kind::rate_limited:
    case Kind::unavailable:
      return wait_advice(wait);
    case Kind::timed_out:
      return "Retry with a shorter prompt or a lower max_tokens, or call another "
             "model.";
    case Kind::malformed:
      return "The user must check the gateway's base_url; redirects are not "
             "followed.";
    default:
      return "Alter the argument that the message names.";
  }
}

bool is_page(const ResponseHead& head, std::string_view body) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  return head.content_type == "text/html" ||
         (begin != std::string_view::npos && body[begin] == '<');
}

std::string happened(const ErrorContext& context, const ResponseHead& head, int status,
                     const ErrorReply& reply, bool page) {
  if (status == 401 && reply.provider.empty()) {
    return fmt::format("{} refused the key from {} (401)", context.gateway,
                       context.key_source.empty() ? "the configuration" : context.key_source);
  }
  std::string text = fmt::format("{} answered {} for {}", context.gateway, status, context.subject);
  if (head.status >= 200 && head.status < 300) text += ", inside a reply that began as a success";
  if (status >= 300 && status < 400) text += ", a redirect";
  if (page) text += ", with an HTML page";
  if (!reply.failed_step.empty())
    text += fmt::format(", at routing step \"{}\"", reply.failed_step);
  if (!reply.filters.empty()) text += fmt::format(", excluded by {}", reply.filters);
  if (!reply.complaints.empty()) text += fmt::format(", because of {}", reply.complaints);
  if (!reply.provider.empty()) text += fmt::format(" (provider {})", reply.provider);
  return text;
}

// What is final though its status passes: the day's free calls, and what the reply itself says.
std::optional<bool> is_retryable(const ErrorReply& reply) {
  if (reply.retryable) return reply.retryable;
  if (lower_case(reply.message).find("free-models-per-day") != std::string::npos) return false;
  return std::nullopt;
}

// An error reply was generated instead of an answer. A timeout may have been an answer too late,
// and a failure that only the edge tells of may have come after the answer began.
Billed billed_by(Kind kind, int status, const ErrorReply& reply) {
  const bool vague = kind == Kind::timed_out || (status >= 500 && !reply.written);
  return vague ? Billed::unknown : Billed::no;
}

}  // namespace

UpstreamError reply_error(const ErrorContext& context, const ResponseHead& head,
                          std::string_view body) {
  const ErrorReply reply = decode_error(body);
  const int status = effective_status(head, reply);
  const Kind kind = kind_of(status, reply);
  auto wait = parse_retry_after(head.header("retry-after"), std::chrono::system_clock::now());
  if (!wait) wait = reply.retry_after;
  UpstreamError error(kind, happened(context, head, status, reply, is_page(head, body)));
  error.provider_message = reply.message;
  error.advice = advice(kind, context, reply, wait);
  error.request_id = head.header("x-generation-id");
  error.status = status;
  error.retry_after = wait;
  error.retryable = is_retryable(reply);
  error.provider = reply.provider;
  error.billed = billed_by(kind, status, reply);
  return error;
}

}  // namespace catalog
