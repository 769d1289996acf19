// What a chat call came to, once its reply is over: an answer with its cost, or the error it is.
// Called by `openrouter.cc` on the call's own thread; pure. Nothing that is not an answer passes
// for one.
#pragma once

#include "catalog/answer.h"
#include "catalog/errors.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/chat_reader.h"
#include "catalog/models/model.h"

namespace catalog {

struct ChatCall {
  ErrorContext context;
  const Prompt& prompt;
  const Model* known;  // what the catalogue knows of the model; may be null
};

// The answer of a reply that came to its end. Throws UpstreamError: the gateway's or the provider's
// error wherever it stood, truncated (no sign that the answer was complete), malformed (not a chat
// reply), moderated, or empty (no text, though it may well have been billed).
Answer chat_answer(const ChatCall& call, const ChatReader& reader);

// Completes an error that broke the transfer by what had arrived before: text, id, whether it is
// known to have cost something.
void add_arrived(UpstreamError& error, const ChatReader& reader);

}  // namespace catalog
