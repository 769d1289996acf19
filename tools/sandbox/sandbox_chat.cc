#include "tools/sandbox/sandbox_chat.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/sandbox/sandbox_chat_request.h"
#include "tools/sandbox/sandbox_models.h"

namespace tools {
namespace {

using nlohmann::json;
using Kind = SandboxScript::Kind;
using Ending = SandboxScript::Ending;
using Step = SandboxScript::Step;

constexpr std::chrono::minutes forever{1};  // waited for again and again

json or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json provider_failure() {
  return {{"code", 502},
          {"message", "The sandbox provider broke off, on purpose."},
          {"metadata", {{"provider_name", "Sandbox"}, {"error_type", "provider_unavailable"}}}};
}

// One completion on its way to the client.
class Performance {
 public:
  Performance(const SandboxModel& model, const SandboxPrompt& prompt, SandboxScript script,
              SandboxGenerations& generations);

  SandboxReply reply(std::shared_ptr<Performance> self);

 private:
  bool stream(SandboxStream& out);
  bool stream_steps(SandboxStream& out);
  bool stream_ending(SandboxStream& out);
  bool whole(SandboxStream& out);
  void settle(bool spoken);

  json delta(const Step& step) const;
  std::string chunk(const json& delta, const std::string& finish_reason) const;
  std::string last_chunk() const;
  json envelope(const char* object) const;
  json usage() const;
  std::string whole_body() const;

  const SandboxModel& model_;
  SandboxPrompt prompt_;
  SandboxScript script_;
  SandboxGenerations& generations_;
  std::string id_;
  std::time_t created_;
};

Performance::Performance(const SandboxModel& model, const SandboxPrompt& prompt,
                         SandboxScript script, SandboxGenerations& generations)
    : model_(model),
      prompt_(prompt),
      script_(std::move(script)),
      generations_(generations),
      id_(generations.next_id()),
      created_(std::time(nullptr)) {
  script_.limit(std::min(model.max_completion_tokens,
                         prompt.max_tokens.value_or(model.max_completion_tokens)));
}

SandboxReply Performance::reply(std::shared_ptr<Performance> self) {
  SandboxReply reply;
  reply.headers = {{"X-Generation-Id", id_}, {"Cache-Control", "no-cache"}};
  if (prompt_.stream) {
    reply.content_type = "text/event-stream";
    reply.stream = [self](SandboxStream& out) { return self->stream(out); };
  } else {
    reply.stream = [self](SandboxStream& out) { return self->whole(out); };
  }
  return reply;
}

json Performance::envelope(const char* object) const {
  return {{"id", id_},
          {"provider", "Sandbox"},
          {"model", model_.id},
          {"object", object},
          {"created", created_}};
}

json Performance::usage() const {
  const std::int64_t reasoning = script_.reasoning_tokens();
  const std::int64_t completion = script_.completion_tokens();
  return {{"prompt_tokens", prompt_.tokens},
          {"completion_tokens", completion},
          {"total_tokens", prompt_.tokens + completion},
          {"cost", model_.cost_usd(prompt_.tokens, completion)},
          {"is_byok", false},
          {"prompt_tokens_details", {{"cached_tokens", 0}}},
          {"cost_details", {{"upstream_inference_cost", nullptr}}},
          {"completion_tokens_details", {{"reasoning_tokens", reasoning}}}};
}

json Performance::delta(const Step& step) const {
  if (step.kind == Kind::text) return {{"role", "assistant"}, {"content", step.text}};
  return {{"role", "assistant"}, {"content", ""}, {"reasoning", step.text}};
}

std::string Performance::chunk(const json& delta, const std::string& finish_reason) const {
  json event = envelope("chat.completion.chunk");
  event["choices"] = json::array({{{"index", 0},
                                   {"delta", delta},
                                   {"finish_reason", or_null(finish_reason)},
                                   {"native_finish_reason", or_null(finish_reason)},
                                   {"logprobs", nullptr}}});
  return fmt::format("data: {}\n\n", json_text(event));
}

// Usage comes with a choice that repeats the finish reason, as OpenRouter does since 2026.
std::string Performance::last_chunk() const {
  json event = envelope("chat.completion.chunk");
  event["choices"] = json::array({{{"index", 0},
                                   {"delta", {{"role", "assistant"}, {"content", ""}}},
                                   {"finish_reason", script_.finish_reason},
                                   {"native_finish_reason", script_.finish_reason}}});
  event["usage"] = usage();
  return fmt::format("data: {}\n\ndata: [DONE]\n\n", json_text(event));
}

bool Performance::stream_steps(SandboxStream& out) {
  for (std::size_t at = 0; at < script_.steps.size(); ++at) {
    const Step& step = script_.steps[at];
    bool open = out.wait(step.pause);
    if (open && step.kind == Kind::comment) open = out.send(fmt::format(": {}\n\n", step.text));
    const bool shown = step.kind == Kind::text || !prompt_.reasoning_hidden;
    if (open && step.kind != Kind::comment && shown) open = out.send(chunk(delta(step), ""));
    if (!open) {
      script_.steps.resize(at);  // what the client has had, and pays for
      return false;
    }
  }
  return true;
}

bool Performance::stream_ending(SandboxStream& out) {
  switch (script_.ending) {
    case Ending::complete:
      return out.send(chunk({{"role", "assistant"}, {"content", ""}}, script_.finish_reason)) &&
             out.send(last_chunk());
    case Ending::broken: {
      json event = envelope("chat.completion.chunk");
      event["error"] = provider_failure();
      event["choices"] =
          json::array({{{"index", 0}, {"delta", {{"content", ""}}}, {"finish_reason", "error"}}});
      return out.send(fmt::format("data: {}\n\n", json_text(event)));
    }
    case Ending::cut_off:
      return true;
    case Ending::dropped:
      return false;
    case Ending::stalled:
      while (out.wait(forever)) continue;
      return false;
  }
  return false;
}

bool Performance::stream(SandboxStream& out) {
  const bool spoken = stream_steps(out);
  settle(spoken);
  return spoken && stream_ending(out);
}

// What was said goes into the books, whichever way it ends; before the end, so that a client that
// has seen it finds its generation there.
void Performance::settle(bool spoken) {
  SandboxGeneration generation;
  generation.id = id_;
  generation.model = model_.id;
  generation.prompt_tokens = prompt_.tokens;
  generation.completion_tokens = script_.completion_tokens();
  generation.reasoning_tokens = script_.reasoning_tokens();
  generation.cost_usd = model_.cost_usd(prompt_.tokens, generation.completion_tokens);
  generation.streamed = prompt_.stream;
  generation.cancelled = !spoken || script_.ending == Ending::stalled;
  if (spoken && script_.ending == Ending::complete)
    generation.finish_reason = script_.finish_reason;
  generations_.keep(std::move(generation));
}

std::string Performance::whole_body() const {
  json message = {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}};
  std::string text;
  std::string reasoning;
  for (const Step& step : script_.steps) {
    if (step.kind == Kind::text) text += step.text;
    if (step.kind == Kind::reasoning) reasoning += step.text;
  }
  message["content"] = text;
  message["reasoning"] = prompt_.reasoning_hidden ? json(nullptr) : or_null(reasoning);
  json choice = {{"index", 0}, {"message", message}, {"logprobs", nullptr}};
  const bool broken = script_.ending == Ending::broken;
  if (broken) choice["error"] = provider_failure();
  choice["finish_reason"] = broken ? "error" : script_.finish_reason;
  choice["native_finish_reason"] = choice["finish_reason"];
  json body = envelope("chat.completion");
  body["choices"] = json::array({choice});
  body["usage"] = usage();
  return json_text(body);
}

// The same in one piece: it takes as long, with white space for a sign of life.
bool Performance::whole(SandboxStream& out) {
  bool open = true;
  for (const Step& step : script_.steps) {
    open = open && out.wait(step.pause);
    if (open && step.kind == Kind::comment) open = out.send("\n");
  }
  settle(open);
  if (!open) return false;
  const std::string body = whole_body();
  const std::string_view half = std::string_view(body).substr(0, body.size() / 2);
  switch (script_.ending) {
    case Ending::complete:
    case Ending::broken:
      return out.send(body);
    case Ending::cut_off:
      return out.send(half);
    case Ending::dropped:
      return out.send(half) && false;
    case Ending::stalled:
      while (out.wait(forever)) continue;
      return false;
  }
  return false;
}

SandboxReply too_long(const SandboxModel& model, const SandboxPrompt& prompt) {
  return gateway_error(
      400,
      fmt::format(
          "{} has a maximum context length of {} tokens, but the prompt has about {}. Shorten "
          "it, or use a model with a larger context.",
          model.id, model.context_length, prompt.tokens),
      {{"error_type", "context_length_exceeded"}, {"provider_name", "Sandbox"}});
}

SandboxReply perform(const SandboxModel& model, const SandboxPrompt& prompt,
                     SandboxGenerations& generations) {
  if (prompt.tokens > model.context_length) return too_long(model, prompt);
  if (prompt.images > 0 && !model.reads_images) {
    return gateway_error(404, "No endpoints found that support image input");
  }
  if (!prompt.schema.empty() && prompt.parameters_required && !model.structures) {
    return gateway_error(404, "No endpoints found that can handle the requested parameters.");
  }
  SandboxOutcome outcome = model.respond(model, prompt);
  if (auto* failure = std::get_if<SandboxReply>(&outcome)) return std::move(*failure);
  const auto performance = std::make_shared<Performance>(
      model, prompt, std::get<SandboxScript>(std::move(outcome)), generations);
  return performance->reply(performance);
}

}  // namespace

SandboxReply complete_chat(const SandboxRequest& request, SandboxGenerations& generations) {
  auto decoded = decode_chat_request(request);
  if (auto* refusal = std::get_if<SandboxReply>(&decoded)) return std::move(*refusal);
  const auto& chat = std::get<SandboxChatRequest>(decoded);
  for (const std::string& id : chat.models) {
    if (!find_sandbox_model(id)) {
      return gateway_error(400, fmt::format("{} is not a valid model ID", id));
    }
  }
  // The models are tried in their order; the last one's failure is the answer when all of them
  // fail.
  SandboxReply reply;
  for (const std::string& id : chat.models) {
    reply = perform(*find_sandbox_model(id), chat.prompt, generations);
    if (reply.stream) break;
  }
  return reply;
}

}  // namespace tools
