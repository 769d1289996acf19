// Videos (OpenRouter API, "Videos": POST /videos). The reply is a job, which `job.cc` follows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"
#include "catalog/models/media/job.h"
#include "catalog/models/media/media.h"
#include "catalog/models/media/media_reply.h"
#include "catalog/models/media/media_request.h"

namespace catalog {
namespace {

using nlohmann::json;
using Type = MediaOption::Type;

constexpr std::size_t longest_id = 200;

constexpr std::array<MediaOption, 6> options = {{
    {"duration", "duration", Type::count},  // seconds
    {"resolution", "resolution"},
    {"size", "size"},
    {"aspect_ratio", "aspect_ratio"},
    {"audio", "generate_audio", Type::flag},
    {"seed", "seed", Type::count},
}};

void check(const MediaCall& call) {
  require_text(call);
  require_images(call, 2);
}

// The dearest second of the model, whatever the size and the sound; nothing where it is priced in
// another way.
std::optional<double> usd_per_second(const json& record) {
  double dearest = 0;
  const json* skus = member(record, {"pricing_skus"});
  if (skus == nullptr || !skus->is_object()) return std::nullopt;
  for (const auto& sku : skus->items()) {
    const auto usd = number_member(*skus, {sku.key().c_str()});
    if (!usd || *usd < 0 || sku.key().find("duration_seconds") == std::string::npos) {
      return std::nullopt;
    }
    dearest = std::max(dearest, *usd);
  }
  return dearest > 0 ? std::optional(dearest) : std::nullopt;
}

// How long the video may be: as it was asked for, else as long as the model can.
double most_seconds(const MediaCall& call, const json& record) {
  double seconds = count_option(call.prompt.options, "duration").value_or(0);
  const json* durations = list_member(record, {"supported_durations"});
  if (seconds > 0 || durations == nullptr) return seconds;
  for (const json& each : *durations) {
    if (each.is_number()) seconds = std::max(seconds, each.get<double>());
  }
  return seconds;
}

// `GET /videos/models`: `{data: [{id, supported_durations, pricing_skus}]}`.
Quote quote(const MediaCall& call, std::string_view prices) {
  Quote quote;
  const auto document = parse_bounded(prices);
  const json* records = document ? list_member(*document, {"data"}) : nullptr;
  if (records == nullptr) return quote;
  for (const json& record : *records) {
    if (text_member(record, {"id"}) != call.known.id) continue;
    const auto usd = usd_per_second(record);
    const double seconds = most_seconds(call, record);
    if (usd && seconds > 0) quote.worst_case = quote.before_output = dollars(*usd * seconds);
  }
  return quote;
}

// The first image is where the video begins, a second one where it ends.
std::string body(const MediaCall& call) {
  std::string text = begun_request(call, "prompt");
  const auto& files = call.prompt.files;
  if (files.empty()) return text + '}';
  text += R"(,"frame_images":[)";
  append_image(text, files.front(), R"(,"frame_type":"first_frame")");
  if (files.size() == 2) {
    text += ',';
    append_image(text, files.back(), R"(,"frame_type":"last_frame")");
  }
  return text + "]}";
}

Answer answer(const MediaCall& call, Response reply) {
  Answer begun;
  std::string id;
  read_media_reply(call, reply, begun, [&](std::string_view key, JsonCursor& cursor) {
    if (key == "id") cursor.append_string(id);
  });
  const bool names_one = id.find_first_not_of('.') != std::string::npos;  // not ".." of a path
  if (!names_one || id.size() > longest_id) throw nothing_made(call, begun);
  begun.status = Status::working;
  begun.task = gateway_job(call.context.gateway, call.id, std::move(id));
  return begun;
}

}  // namespace

const MediaEndpoint video_endpoint = {"video", "/videos",       "makes videos", options,
                                      false,   check,           quote,          body,
                                      answer,  "/videos/models"};

}  // namespace catalog
