// Speech, from text (OpenRouter API, "Text to speech": POST /audio/speech). The reply is the sound
// itself; an error is JSON, whatever the status.
#include <fmt/format.h>

#include <array>

#include "catalog/files/file_kind.h"
#include "catalog/models/media/media.h"
#include "catalog/models/media/media_file.h"
#include "catalog/models/media/media_reply.h"
#include "catalog/models/media/media_request.h"

namespace catalog {
namespace {

using Type = MediaOption::Type;

constexpr std::array<MediaOption, 3> options = {{
    {"voice", "voice"},
    {"format", ""},  // written below
    {"speed", "speed", Type::number},
}};

// Every model gives plain samples, not every one MP3; no model gives WAV, which is made of the
// samples here.
std::string wire_format(const MediaCall& call) {
  const std::string wanted = text_option(call.prompt.options, "format");
  if (wanted == "mp3") return "mp3";
  if (wanted.empty() || wanted == "wav" || wanted == "pcm") return "pcm";
  throw Refused(Kind::invalid_arguments, "options.format: expected wav or mp3",
                "Leave it out for wav.");
}

void check(const MediaCall& call) {
  require_text(call);
  wire_format(call);
  if (call.prompt.files.empty()) return;
  throw Refused(Kind::unsupported, fmt::format("{} takes no files", call.id),
                "Put the text that shall be spoken into `prompt`.");
}

// The price of a prompt is that of a character. What models cost by the length of the sound, nobody
// can know before.
Quote quote(const MediaCall& call, std::string_view) {
  Quote quote;
  const Price& price = call.known.price;
  const bool by_character = !price.variable && price.prompt_usd_per_million.value_or(0) > 0 &&
                            price.completion_usd_per_million == 0.0 &&
                            price.other_usd_per_unit.empty();
  if (!by_character) return quote;
  const auto characters = static_cast<double>(call.prompt.text.size());
  quote.worst_case = quote.before_output =
      dollars(characters * *price.prompt_usd_per_million / 1e6);
  return quote;
}

std::string body(const MediaCall& call) {
  std::string text = begun_request(call, "input");
  return text + fmt::format(R"(,"response_format":"{}"}})", wire_format(call));
}

bool is_sound(const ResponseHead& head, std::string_view bytes) {
  if (bytes.empty() || head.content_type == "text/html") return false;
  if (head.content_type.starts_with("audio/")) return true;
  const bool may_be = head.content_type.empty() || head.content_type == "application/octet-stream";
  return may_be && type_by_bytes(bytes.substr(0, 64)).starts_with("audio/");
}

Answer answer(const MediaCall& call, Response reply) {
  if (!is_sound(reply.head, reply.body)) fail_without_file(call, reply);
  Answer made;
  const std::string_view type = reply.head.header("content-type");
  const bool samples = reply.head.content_type == "audio/pcm";
  if (samples) reply.body = as_wav(std::move(reply.body), pcm_format(type));
  made.files.push_back(made_file("speech", type, std::move(reply.body)));
  made.text = summary_of(made.files);
  // The reply says nothing of the cost; the ledger asks for it by the generation's id.
  if (const auto most = quote(call, {}).worst_case) {
    made.cost_usd = usd(*most);
    made.cost_source = CostSource::estimated;
  }
  return made;
}

}  // namespace

const MediaEndpoint speech_endpoint = {"speech", "/audio/speech", "speaks", options, false,
                                       check,    quote,           body,     answer};

}  // namespace catalog
