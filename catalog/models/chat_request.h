// How a prompt is put to an OpenRouter-shaped gateway: body, headers, limits and patience of
// `POST {base}/chat/completions` (OpenRouter API, "Create a chat completion"). Pure;
// `openrouter.cc` calls it on the call's own thread. What the catalogue knows of the model, if
// anything, is passed in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/models/gateway.h"
#include "catalog/models/model.h"
#include "catalog/transfers.h"

namespace catalog {

// The most tokens to ask for: what the prompt says, else 4096, or 16384 of a model that reasons
// first; at most what the model can produce and what its context leaves beside the prompt
// (bytes/4). It is always sent: without it the gateway reserves the model's maximum and answers 402
// on a small balance.
std::int64_t completion_limit(const Prompt& prompt, const Model* known);

// Whether the web is searched, or may be, which is paid for by itself: because the prompt says so,
// or the id of one who may answer (OpenRouter API, "Web search", ":online").
bool searches_web(std::string_view model_id, const Prompt& prompt);

// How the gateway wants to be spoken to.
struct ChatStyle {
  Dialect dialect = Dialect::openrouter;
  bool max_completion_tokens = false;  // OpenAI's own models refuse the older `max_tokens`
};
ChatStyle chat_style(const GatewaySettings& settings);

// Whether the model is told to keep the prompt at hand for the next turn: in a conversation, where
// it is long enough, and its vendor does not do that by itself (OpenRouter API, "Prompt caching").
bool asks_to_cache(const Prompt& prompt, const Model* known);

// The JSON body, its members in a fixed order. Bytes of the prompt that are not UTF-8 are replaced.
// `preferences` take the place of those in the prompt, if there are any.
std::string chat_body(std::string_view model_id, const Prompt& prompt, const Model* known,
                      const ChatStyle& style = {}, std::string_view preferences = {});

// The members of the body behind the messages and the stream, each with a comma before it.
std::string chat_options(const Prompt& prompt, const Model* known, const ChatStyle& style,
                         std::string_view preferences = {});

// Throws Refused{unsupported} for what only OpenRouter knows of.
void require_style(const Prompt& prompt, const GatewaySettings& settings);

// Patience: reasoning models may think for minutes before the first event.
Clocks chat_clocks(const Prompt& prompt, const Model* known);

// Tokens of a text where nobody counted them: bytes/4.
std::int64_t estimated_tokens(std::string_view text);
// The same of a prompt with its system prompt and text files. Images and the like are not counted.
std::int64_t estimated_tokens(const Prompt& prompt);

}  // namespace catalog
