#include "catalog/models/media/media.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "catalog/clean_text.h"

namespace catalog {
namespace {

using std::chrono::seconds;

constexpr std::array<const MediaEndpoint*, 4> endpoints = {
    &image_endpoint, &speech_endpoint, &transcription_endpoint, &video_endpoint};

// Nothing is heard while a picture is painted.
constexpr Clocks patient{seconds(10), seconds(600), seconds(120), seconds(900)};

bool puts_out(const Model& model, std::string_view modality) {
  const auto& out = model.output_modalities;
  return std::find(out.begin(), out.end(), modality) != out.end();
}

struct ChatArgument {
  bool given;
  std::string_view name;
};

// What only chat has is refused rather than left out unsaid.
void refuse_chat_arguments(const MediaEndpoint& endpoint, const MediaCall& call) {
  const Prompt& prompt = call.prompt;
  const std::array<ChatArgument, 8> arguments = {{
      {!prompt.session_id.empty(), "conversation"},
      {prompt.system.has_value(), "system"},
      {prompt.max_tokens.has_value(), "max_tokens"},
      {prompt.temperature && !endpoint.takes_temperature, "temperature"},
      {prompt.reasoning_effort.has_value(), "reasoning_effort"},
      {!prompt.output_schema.empty(), "output_schema"},
      {!prompt.fallbacks.empty(), "fallbacks"},
      {prompt.web_search, "web_search"},
  }};
  for (const ChatArgument& argument : arguments) {
    if (!argument.given) continue;
    throw Refused(Kind::unsupported,
                  fmt::format("{} {} and takes no {}", call.id, endpoint.makes, argument.name),
                  fmt::format("Leave {} out.", argument.name));
  }
}

void complete(UpstreamError& error, const ResponseHead& head) {
  if (error.request_id.empty()) error.request_id = head.header("x-generation-id");
  if (error.status == 0) error.status = head.status;
}

}  // namespace

const MediaEndpoint* media_endpoint(const Model& model) {
  if (model.output_modalities.empty() || puts_out(model, "text")) return nullptr;
  for (const MediaEndpoint* endpoint : endpoints) {
    if (puts_out(model, endpoint->modality)) return endpoint;
  }
  return nullptr;
}

MediaCall media_call(const MediaEndpoint& endpoint, ErrorContext context, const Prompt& prompt,
                     const Model& known) {
  std::string id = context.subject;
  MediaCall call{std::move(context), std::move(id), prompt, known};
  refuse_chat_arguments(endpoint, call);
  call.options = checked_options(prompt.options, endpoint.options, call.id);
  endpoint.check(call);
  return call;
}

Quote media_quote(const MediaEndpoint& endpoint, const MediaCall& call, std::string_view prices) {
  Quote quote = endpoint.quote(call, prices);
  if (call.known.free()) quote.worst_case = Money{};
  return quote;
}

Exchange media_exchange(const MediaEndpoint& endpoint, const MediaCall& call,
                        const GatewaySettings& settings) {
  Exchange exchange;
  exchange.method = "POST";
  exchange.url = settings.base_url;
  exchange.url += endpoint.path;
  exchange.headers.emplace_back("Content-Type: application/json");
  exchange.credential = settings.key();
  exchange.body = endpoint.body(call);
  exchange.max_bytes = settings.media_bytes;
  exchange.clocks = patient;
  return exchange;
}

Answer media_answer(const MediaEndpoint& endpoint, const MediaCall& call, Response reply) {
  const ResponseHead head = reply.head;
  try {
    if (head.status < 200 || head.status >= 300) throw reply_error(call.context, head, reply.body);
    Answer answer = endpoint.answer(call, std::move(reply));
    if (answer.served_by.empty()) answer.served_by = clean_text(call.id);
    if (const auto provider = head.header("x-provider-name"); !provider.empty()) {
      answer.served_by += fmt::format(" via {}", clean_text(provider.substr(0, 100)));
    }
    if (answer.request_id.empty()) answer.request_id = clean_text(head.header("x-generation-id"));
    answer.cost_source = answer.cost_usd ? answer.cost_source : CostSource::unknown;
    return answer;
  } catch (UpstreamError& error) {
    complete(error, head);
    throw;
  }
}

}  // namespace catalog
