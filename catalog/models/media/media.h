// What a model makes of a prompt otherwise than by chat: images, speech, video, the text of a
// recording. Each endpoint is one file (`image.cc`, `speech.cc`, `transcription.cc`, `video.cc`),
// found by the table in `media.cc` by what the catalogue says the model puts out. `openrouter.cc`
// sends and pays; an endpoint only says what is sent and reads what comes back. Pure, on the call's
// own thread, but for `media/job.h`.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "catalog/answer.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/gateway.h"
#include "catalog/models/media/media_options.h"
#include "catalog/models/model.h"
#include "catalog/spend/quote.h"
#include "catalog/transfers.h"

namespace catalog {

struct MediaCall {
  ErrorContext context;
  std::string id;
  const Prompt& prompt;
  const Model& known;
  std::string options{};  // checked: members of a JSON object under the gateway's names, or ""
  // Told what a reply says it cost, whatever else is in it. May be empty.
  std::function<void(double cost_usd)> on_cost{};
};

struct MediaEndpoint {
  std::string_view modality;  // that its models put out, in the catalogue's words
  std::string_view path;      // below the gateway's base URL
  std::string_view makes;     // "makes images", for the texts
  std::span<const MediaOption> options;
  bool takes_temperature = false;
  // Throws Refused for files that it does not take, or does not get.
  void (*check)(const MediaCall& call);
  // What it costs at most; without a worst case where nothing tells.
  Quote (*quote)(const MediaCall& call, std::string_view prices);
  std::string (*body)(const MediaCall& call);
  // What a reply of 2xx comes to. Throws UpstreamError: an error inside of it, no answer at all.
  // An answer with a `task` is a job that is to be followed.
  Answer (*answer)(const MediaCall& call, Response reply);
  // Where the gateway lists the prices, below its base URL; "": with the models.
  std::string_view prices_path{};
};

extern const MediaEndpoint image_endpoint;
extern const MediaEndpoint speech_endpoint;
extern const MediaEndpoint transcription_endpoint;
extern const MediaEndpoint video_endpoint;

// The endpoint for a model that writes no text by chat; null: chat, or nothing that is known here.
const MediaEndpoint* media_endpoint(const Model& model);

// The call, ready to be sent. Throws Refused for what the endpoint does not take.
MediaCall media_call(const MediaEndpoint& endpoint, ErrorContext context, const Prompt& prompt,
                     const Model& known);
// `prices`: what is at the endpoint's `prices_path`; "" where that could not be had.
Quote media_quote(const MediaEndpoint& endpoint, const MediaCall& call, std::string_view prices);
Exchange media_exchange(const MediaEndpoint& endpoint, const MediaCall& call,
                        const GatewaySettings& settings);
// Throws UpstreamError.
Answer media_answer(const MediaEndpoint& endpoint, const MediaCall& call, Response reply);

}  // namespace catalog
