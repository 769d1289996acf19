// Files in a prompt to a model: how they stand in the message (OpenRouter API, "Create a chat
// completion", content parts). Called by `chat_request.cc`, and by what writes requests for media,
// on the call's own thread, for prompts that have files; pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "catalog/answer.h"
#include "catalog/models/model.h"

namespace catalog {

// Appends the `content` of the user's message: one text with the text files in it, each line behind
// its number, so that nothing in a file can pass for the prompt; then the other files as parts.
void append_content(std::string& body, const Prompt& prompt);

// Appends what the gateway is to do with PDFs where the model does not read them itself: take
// their text, which is free.
void append_pdf_reader(std::string& body, const Prompt& prompt, const Model* known);

// The bytes of a file as JSON text: a data URL, or without the head of one.
void append_data(std::string& body, const FilePart& file, bool bare);
// What the gateway calls the format of a sound: "mp3".
std::string_view audio_format(std::string_view media_type);

// What the caller says: the prompt with its text files, and the names of the others.
std::string message_text(const Prompt& prompt);

// Of the text of the prompt, what was said before and its text files; what other files come to only
// the gateway knows.
std::size_t text_bytes(const Prompt& prompt);

}  // namespace catalog
