// Models of a chat that answer with images or sound beside text (OpenRouter API, "Image generation"
// and "Audio output"). Called by `openrouter.cc` and by what writes and reads chats, on the call's
// own thread; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/models/chat_events.h"
#include "catalog/models/model.h"

namespace catalog {

// Not a router: what that answers with is for the prompt to say.
bool answers_with_media(const Model& model);

// Throws Refused for options of a model that has none: whoever only writes text.
void require_chat_options(std::string_view id, const Prompt& prompt, const Model* known);

// The members of the body that ask for it, each with a comma before it; "" for other models.
std::string chat_modalities(const Prompt& prompt, const Model* known);

// The files of a reply. What cannot be decoded is left out.
std::vector<FilePart> chat_files(const ChatReply& reply);

}  // namespace catalog
