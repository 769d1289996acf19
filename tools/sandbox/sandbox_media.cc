#include "tools/sandbox/sandbox_media.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "tools/sandbox/sandbox_models.h"
#include "tools/sandbox/sandbox_script.h"

namespace tools {
namespace {

using nlohmann::json;

constexpr double usd_per_image = 0.01;
constexpr double usd_per_recording = 0.002;
constexpr double usd_per_video = 0.1;
constexpr std::int64_t video_begins_ms = 200;
constexpr std::int64_t video_takes_ms = 600;

// Eight by eight pixels of stripes.
constexpr const char* picture =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAQAAAADsdIMmAAAADklEQVR42mMwZjjDgIQBHYwD/"
    "Z0UXHcAAAAASUVORK5CYII=";

std::string text_of(const json& body, const char* key) {
  const auto found = body.is_object() ? body.find(key) : body.end();
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The model, if it is one of those that put this out; null otherwise.
const SandboxModel* asked(const json& body, std::string_view output) {
  const SandboxModel* model = find_sandbox_model(text_of(body, "model"));
  return model && model->output == output ? model : nullptr;
}

SandboxReply wrong_model(const json& body) {
  return gateway_error(
      400, fmt::format("{} is not a valid model ID for this endpoint", text_of(body, "model")));
}

// Enters what was made, and names it in the reply.
SandboxReply billed(SandboxReply reply, const SandboxModel& model, double cost_usd,
                    SandboxGenerations& generations) {
  SandboxGeneration generation;
  generation.id = generations.next_id();
  generation.model = model.id;
  generation.cost_usd = cost_usd;
  generation.finish_reason = "stop";
  reply.headers.emplace_back("X-Generation-Id", generation.id);
  generations.keep(std::move(generation));
  return reply;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// A buzz for each character, and silence for each space: 24,000 samples a second.
std::string buzz(std::string_view text) {
  constexpr std::size_t most_characters = 500;
  constexpr int samples = 960;
  std::string sound;
  for (const char c : text.substr(0, most_characters)) {
    for (int i = 0; i < samples; ++i) {
      const int height = c == ' ' ? 0 : (i / (20 + c % 32)) % 2 == 0 ? 3000 : -3000;
      sound += static_cast<char>(height & 0xFF);
      sound += static_cast<char>(height >> 8 & 0xFF);
    }
  }
  return sound;
}

}  // namespace

SandboxReply paint(const SandboxRequest& request, SandboxGenerations& generations) {
  const json body = json::parse(request.body, nullptr, false);
  const SandboxModel* model = asked(body, "image");
  if (!model) return wrong_model(body);
  const auto n = body.find("n");
  const std::int64_t wanted =
      n != body.end() && n->is_number_integer() ? n->get<std::int64_t>() : 1;
  const std::int64_t images = std::clamp<std::int64_t>(wanted, 1, 10);
  const double cost = usd_per_image * static_cast<double>(images);
  json data = json::array();
  for (std::int64_t i = 0; i < images; ++i) {
    data.push_back({{"b64_json", picture}, {"media_type", "image/png"}});
  }
  return billed(json_reply(200, {{"data", data}, {"usage", {{"cost", cost}}}}), *model, cost,
                generations);
}

SandboxReply speak(const SandboxRequest& request, SandboxGenerations& generations) {
  const json body = json::parse(request.body, nullptr, false);
  const SandboxModel* model = asked(body, "speech");
  if (!model) return wrong_model(body);
  if (text_of(body, "response_format") == "mp3") {
    return gateway_error(400, fmt::format("{} does not support mp3", model->id));
  }
  const std::string text = text_of(body, "input");
  SandboxReply reply;
  reply.content_type = "audio/pcm;rate=24000;channels=1";
  reply.body = buzz(text);
  return billed(std::move(reply), *model,
                model->cost_usd(static_cast<std::int64_t>(text.size()), 0), generations);
}

SandboxReply transcribe(const SandboxRequest& request, SandboxGenerations& generations) {
  const json body = json::parse(request.body, nullptr, false);
  const SandboxModel* model = asked(body, "transcription");
  if (!model) return wrong_model(body);
  const json audio = body.value("input_audio", json::object());
  const std::string text =
      fmt::format("{} heard {} bytes of {}.", model->id, text_of(audio, "data").size() / 4 * 3,
                  text_of(audio, "format"));
  return billed(json_reply(200, {{"text", text}, {"usage", {{"cost", usd_per_recording}}}}), *model,
                usd_per_recording, generations);
}

SandboxReply begin_video(const SandboxRequest& request, SandboxGenerations& generations) {
  const json body = json::parse(request.body, nullptr, false);
  const SandboxModel* model = asked(body, "video");
  if (!model) return wrong_model(body);
  const std::string id = fmt::format("sandbox-video-{}", now_ms());
  return billed(json_reply(202, {{"id", id},
                                 {"polling_url", request.origin + "/api/v1/videos/" + id},
                                 {"status", "pending"}}),
                *model, usd_per_video, generations);
}

SandboxReply show_video(const SandboxRequest& request) {
  constexpr std::string_view before = "/api/v1/videos/sandbox-video-";
  constexpr std::string_view content = "/content";
  if (!request.path.starts_with(before)) return gateway_error(404, "Job not found");
  const std::string_view rest = std::string_view(request.path).substr(before.size());
  std::int64_t begun = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), begun);
  const std::int64_t age = now_ms() - begun;
  const bool done = age >= video_takes_ms;
  if (rest.ends_with(content)) {
    if (!done) return gateway_error(404, "The video is not made yet");
    SandboxReply reply;
    reply.content_type = "video/mp4";
    reply.body = std::string(
                     "\0\0\0\x10"
                     "ftypisom\0\0\0\0",
                     16) +
                 "not a real video";
    return reply;
  }
  json state = {{"id", std::string(request.path.substr(request.path.rfind('/') + 1))},
                {"status", done                     ? "completed"
                           : age >= video_begins_ms ? "in_progress"
                                                    : "pending"}};
  if (done) {
    state["unsigned_urls"] = {"https://sandbox.invalid/video.mp4"};
    state["usage"] = {{"cost", usd_per_video}};
  }
  return json_reply(200, state);
}

}  // namespace tools
