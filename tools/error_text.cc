#include "tools/error_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/clean_text.h"

namespace tools {
namespace {

using catalog::Billed;
using catalog::Kind;

constexpr std::size_t longest_quote = 500;
constexpr std::size_t longest_partial = 2000;

constexpr Kind passing[] = {Kind::rate_limited, Kind::unavailable, Kind::timed_out,
                            Kind::truncated,    Kind::busy,        Kind::interrupted};

bool passes(Kind kind) {
  return std::find(std::begin(passing), std::end(passing), kind) != std::end(passing);
}

std::string retry_text(const catalog::UpstreamError& error) {
  if (error.retry_after) return fmt::format("Retry in {} s.", error.retry_after->count());
  const bool may_help = error.retryable.value_or(passes(error.kind));
  return may_help ? "Retrying may help." : "Retrying unchanged will not help.";
}

std::string_view billed_text(Billed billed) {
  switch (billed) {
    case Billed::no:
      return "Not billed.";
    case Billed::yes:
      return "It was billed.";
    case Billed::unknown:
      return "It may have been billed.";
  }
  return "";
}

}  // namespace

std::string_view cut_at(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (text[most] & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string quoted(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : catalog::clean_text(cut_at(text, most))) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (control && (out.empty() || out.back() == ' ')) continue;
    out += control ? ' ' : c;
  }
  if (text.size() > most) out += "…";
  return out;
}

std::string error_text(const catalog::UpstreamError& error) {
  std::string text = fmt::format("{}: {}\n", name(error.kind), error.what_happened);
  if (!error.provider_message.empty()) {
    text +=
        fmt::format("The upstream said: \"{}\"\n", quoted(error.provider_message, longest_quote));
  }
  text += fmt::format("{} {}", retry_text(error), billed_text(error.billed));
  if (!error.advice.empty()) text += " " + error.advice;
  if (!error.request_id.empty())
    text += fmt::format("\nGeneration id: {}", quoted(error.request_id, 100));
  if (!error.partial_text.empty()) {
    text += fmt::format("\nWhat had arrived:\n{}", cut_at(error.partial_text, longest_partial));
  }
  return text;
}

std::string error_text(const catalog::Refused& refused) {
  std::string text =
      fmt::format("{}: {}\nNothing was sent.", name(refused.kind), refused.what_happened);
  if (!refused.advice.empty()) text += " " + refused.advice;
  return text;
}

}  // namespace tools
