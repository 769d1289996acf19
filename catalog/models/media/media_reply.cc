#include "catalog/models/media/media_reply.h"

#include <fmt/format.h>

namespace catalog {
namespace {

// Not null, not false, not "".
bool read_is_error(JsonCursor& json) {
  std::string message;
  if (json.next() == '"') return json.append_string(message) && !message.empty();
  const bool present = json.next() == '{';
  json.skip();
  return present;
}

UpstreamError malformed(const MediaCall& call, const ResponseHead& head, std::string_view what) {
  UpstreamError error(Kind::malformed, fmt::format("{} answered {} with {} instead of an answer",
                                                   call.context.gateway, head.status, what));
  error.billed = Billed::unknown;
  error.advice = "Ask again, which may be paid again, or call another model.";
  return error;
}

UpstreamError error_in_reply(const MediaCall& call, const Response& reply, const Answer& answer) {
  UpstreamError error = reply_error(call.context, reply.head, reply.body);
  error.billed = billed_at(answer.cost_usd, error.billed);
  return error;
}

}  // namespace

void read_media_usage(JsonCursor& json, Answer& answer) {
  std::optional<double> upstream;
  bool own_key = false;
  json.members([&](std::string_view key) {
    if (key == "cost") {
      answer.cost_usd = json.amount();
      answer.cost_source = CostSource::reported;
    } else if (key == "is_byok") {
      own_key = json.boolean();
    } else if (key == "prompt_tokens" || key == "input_tokens") {
      answer.usage.prompt_tokens = json.count();
    } else if (key == "completion_tokens" || key == "output_tokens") {
      answer.usage.completion_tokens = json.count();
    } else if (key == "cost_details") {
      json.members([&](std::string_view detail) {
        if (detail == "upstream_inference_cost") upstream = json.amount();
      });
    }
  });
  if (own_key && upstream && answer.cost_usd) *answer.cost_usd += *upstream;
}

void read_media_reply(const MediaCall& call, const Response& reply, Answer& answer,
                      const std::function<void(std::string_view key, JsonCursor& json)>& member) {
  JsonCursor json(reply.body);
  if (json.next() != '{') fail_without_file(call, reply);
  bool failed = false;
  json.members([&](std::string_view key) {
    if (key == "usage") return read_media_usage(json, answer);
    if (key == "error") {
      failed |= read_is_error(json);
      return;
    }
    member(key, json);
  });
  if (answer.cost_usd && call.on_cost) call.on_cost(*answer.cost_usd);
  if (!json.ok() || !json.at_end()) throw malformed(call, reply.head, "something that is not JSON");
  if (failed) throw error_in_reply(call, reply, answer);
}

void fail_without_file(const MediaCall& call, const Response& reply) {
  const std::size_t begin = reply.body.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) throw malformed(call, reply.head, "nothing");
  if (reply.body[begin] == '{') throw reply_error(call.context, reply.head, reply.body);
  throw malformed(call, reply.head, reply.body[begin] == '<' ? "an HTML page" : "something else");
}

UpstreamError nothing_made(const MediaCall& call, const Answer& answer) {
  UpstreamError error(Kind::empty, fmt::format("{} made nothing", call.id));
  error.advice = "Rephrase the prompt, or call another model.";
  error.billed = billed_at(answer.cost_usd, Billed::unknown);
  return error;
}

}  // namespace catalog
