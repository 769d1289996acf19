#include "catalog/models/chat_outcome.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/clean_text.h"
#include "catalog/models/chat_request.h"
#include "catalog/models/media/chat_media.h"
#include "catalog/models/media/media_file.h"
#include "catalog/models/price.h"
#include "catalog/models/reasoning_details.h"

namespace catalog {
namespace {

using Form = ChatReader::Form;

constexpr std::string_view paid_again =
    "Use the part that arrived, or ask again, which is paid again.";

// For an error of the transfer itself.
std::string_view advice_after(Billed billed) {
  if (billed == Billed::no) return "Retry; if that fails too, the gateway cannot be reached.";
  return paid_again;
}

std::string request_id(const ChatReader& reader) {
  const std::string_view header = reader.head().header("x-generation-id");
  return header.empty() ? reader.reply().id : std::string(header);
}

// Completes an error by what had arrived before it: text, id, whether it is known to have cost
// something.
void add_arrived(UpstreamError& error, const ChatReader& reader) {
  error.partial_text = reader.reply().text;
  if (error.request_id.empty()) error.request_id = request_id(reader);
  if (error.status == 0) error.status = reader.head().status;
  if (error.billed == Billed::unknown) {
    error.billed = billed_at(reader.reply().cost_usd, Billed::unknown);
  }
  if (error.advice.empty()) error.advice = advice_after(error.billed);
}

[[noreturn]] void fail(const ChatReader& reader, UpstreamError error) {
  add_arrived(error, reader);
  throw error;
}

UpstreamError made(Kind kind, std::string happened, std::string advice, Billed billed) {
  UpstreamError error(kind, std::move(happened));
  error.advice = std::move(advice);
  error.billed = billed;
  return error;
}

// An error in the reply itself. OpenRouter charges nothing for a call that failed without output;
// with output it depends on the provider.
UpstreamError error_in_reply(const ChatCall& call, const ChatReader& reader) {
  const ChatReply& reply = reader.reply();
  UpstreamError error = reply_error(call.context, reader.head(), reply.error);
  const bool silent = reply.text.empty() && !reply.thought && reply.kept() == 0;
  const Billed otherwise = silent ? error.billed : Billed::unknown;
  error.billed = billed_at(reply.cost_usd, otherwise);
  return error;
}

UpstreamError truncated(const ChatCall& call) {
  return made(Kind::truncated,
              fmt::format("the answer of {} ended before it was complete", call.context.subject),
              std::string(paid_again), Billed::unknown);
}

UpstreamError no_chat_reply(const ChatCall& call, const ResponseHead& head, bool page) {
  return made(Kind::malformed,
              fmt::format("{} answered {} with {} instead of an answer", call.context.gateway,
                          head.status, page ? "an HTML page" : "something else"),
              "The user must check that the gateway's base_url is that of a chat API.",
              Billed::unknown);
}

UpstreamError spent_on_reasoning(const ChatCall& call, const ChatReply& reply) {
  return made(Kind::empty,
              fmt::format("{} reached max_tokens{} before it wrote any answer",
                          call.context.subject, reply.thought ? " while still reasoning" : ""),
              "Raise max_tokens or lower reasoning_effort.", Billed::yes);
}

UpstreamError without_text(const ChatCall& call, const ChatReply& reply) {
  if (reply.finish_reason == "length") return spent_on_reasoning(call, reply);
  const Billed billed = billed_at(reply.cost_usd, Billed::unknown);
  if (reply.finish_reason == "content_filter") {
    return made(
        Kind::moderated,
        fmt::format("the provider's filter withheld the answer of {}", call.context.subject),
        "Rephrase the prompt, or call another model.", billed);
  }
  return made(Kind::empty, fmt::format("{} answered nothing", call.context.subject),
              "Ask again, rephrase the prompt, or call another model.", billed);
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// Whether the reply itself says that nothing is missing.
bool has_ended(const ChatReader& reader) {
  const ChatReply& reply = reader.reply();
  if (reader.form() == Form::document) return !reply.unreadable;
  return reply.done || !reply.finish_reason.empty();
}

void require_answer(const ChatCall& call, const ChatReader& reader) {
  const ChatReply& reply = reader.reply();
  const ResponseHead& head = reader.head();
  const bool success = head.status >= 200 && head.status < 300;
  if (!success) throw reply_error(call.context, head, reader.body());
  if (reader.form() == Form::other) fail(reader, no_chat_reply(call, head, true));
  if (!reply.error.empty()) fail(reader, error_in_reply(call, reader));
  if (reply.unreadable && reader.form() == Form::stream) {
    fail(reader, made(Kind::malformed,
                      fmt::format("{} sent an event that is not JSON", call.context.gateway),
                      "Ask again, or call another model.", Billed::unknown));
  }
  if (!has_ended(reader)) fail(reader, truncated(call));
  const bool nothing = is_blank(reply.text) && reply.images.empty() && reply.sound.empty();
  if (!nothing) return;
  UpstreamError error = without_text(call, reply);
  add_arrived(error, reader);
  error.partial_text.clear();
  throw error;
}

// Where a web search found what the answer says, unless the answer says it itself.
std::string sources_of(const ChatCall& call, const ChatReply& reply) {
  std::string text;
  if (!searches_web(call.context.subject, call.prompt)) return text;
  for (const std::string& url : reply.sources) {
    if (reply.text.find(url) != std::string::npos) continue;
    text += text.empty() ? "\n\nSources:" : "";
    text += fmt::format("\n- {}", url);
  }
  return text;
}

std::string served_by(const ChatCall& call, const ChatReply& reply) {
  const std::string& model = reply.model.empty() ? call.context.subject : reply.model;
  return clean_text(reply.provider.empty() ? model
                                           : fmt::format("{} via {}", model, reply.provider));
}

// How much of the name of whoever answered, which may be a dated form, an id accounts for.
std::size_t likeness(std::string_view answered, std::string_view id) {
  const std::string_view plain = id.substr(0, id.find(':'));
  return answered.starts_with(plain) ? plain.size() : 0;
}

// Whether a fallback answered, whose price is not the known one. One id may be the beginning of
// another: the longest counts.
bool is_fallback(const ChatCall& call, std::string_view answered) {
  const auto& fallbacks = call.prompt.fallbacks;
  const std::size_t called = likeness(answered, call.context.subject);
  return std::any_of(fallbacks.begin(), fallbacks.end(),
                     [&](const std::string& id) { return likeness(answered, id) > called; });
}

// What the call costs by the catalogue's prices; tokens nobody counted are estimated.
std::optional<double> estimated_cost(const ChatCall& call, const ChatReply& reply) {
  if (!call.known || is_fallback(call, reply.model)) return std::nullopt;
  const std::int64_t prompt_tokens =
      reply.usage.prompt_tokens.value_or(estimated_tokens(call.prompt));
  const std::int64_t completion_tokens =
      reply.usage.completion_tokens.value_or(estimated_tokens(reply.text));
  const Price price = price_at(call.known->price, prompt_tokens, std::chrono::system_clock::now());
  return cost_of(price, prompt_tokens, completion_tokens);
}

// Whether what the reply counts is all that a price is asked for.
bool only_tokens_are_billed(const ChatCall& call, const ChatReply& reply) {
  if (!reply.usage.prompt_tokens || !reply.usage.completion_tokens || !call.known) return false;
  const auto& others = call.known->price.other_usd_per_unit;
  const bool beside = others.count("request") != 0 || others.count("internal_reasoning") != 0;
  const bool searched = searches_web(call.context.subject, call.prompt);
  return !beside && !searched && call.prompt.files.empty();
}

void add_cost(const ChatCall& call, const ChatReply& reply, Answer& answer) {
  answer.cost_usd = reply.cost_usd;
  answer.cost_source = CostSource::reported;
  if (answer.cost_usd) {
    if (only_tokens_are_billed(call, reply)) answer.listed_usd = estimated_cost(call, reply);
    return;
  }
  answer.cost_usd = estimated_cost(call, reply);
  answer.cost_source = answer.cost_usd ? CostSource::estimated : CostSource::unknown;
}

// What the answer says of its files is a note where it has words of its own.
void add_media(const ChatCall& call, const ChatReader& reader, Answer& answer) {
  const ChatReply& reply = reader.reply();
  answer.files = chat_files(reply);
  if (answer.text.empty()) answer.text = clean_text(reply.transcript);
  const std::string summary = summary_of(answer.files);
  if (answer.text.empty() && summary.empty()) fail(reader, without_text(call, reply));
  if (answer.text.empty()) {
    answer.text = summary;
  } else if (!summary.empty()) {
    answer.notes.push_back(summary);
  }
}

// Throws UpstreamError: the gateway's or the provider's error wherever it stood, truncated (no sign
// that the answer was complete), malformed (not a chat reply), moderated, or empty (no text, though
// it may well have been billed).
Answer chat_answer(const ChatCall& call, const ChatReader& reader) {
  require_answer(call, reader);
  const ChatReply& reply = reader.reply();
  Answer answer;
  answer.text = reply.text + sources_of(call, reply);
  answer.served_by = served_by(call, reply);
  answer.usage = reply.usage;
  answer.finish_reason = clean_text(reply.finish_reason);
  answer.request_id = request_id(reader);
  answer.reasoning_details = joined_reasoning(reply.reasoning_details);
  add_cost(call, reply, answer);
  if (reply.most_media > 0) add_media(call, reader, answer);
  return answer;
}

}  // namespace

Answer heard_answer(const ChatCall& call, ChatReader& reader, Purchase& bought,
                    const std::function<void()>& perform) {
  try {
    perform();
  } catch (UpstreamError& error) {
    // Nothing was missing but the end of the connection.
    if (!reader.reply().complete()) {
      add_arrived(error, reader);
      bought.reported(reader.reply().cost_usd);
      throw;
    }
  }
  reader.finish();
  bought.reported(reader.reply().cost_usd);
  return chat_answer(call, reader);
}

}  // namespace catalog
