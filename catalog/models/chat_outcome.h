// What a chat call came to, once its reply is over: an answer with its cost, or the error it is.
// Called by those that speak chat completions, on the call's own thread; pure. Nothing that is not
// an answer passes for one.
#pragma once

#include <functional>

#include "catalog/answer.h"
#include "catalog/errors.h"
#include "catalog/models/chat_errors.h"
#include "catalog/models/chat_reader.h"
#include "catalog/models/model.h"
#include "catalog/spend/purse.h"

namespace catalog {

struct ChatCall {
  ErrorContext context;
  const Prompt& prompt;
  const Model* known;  // what the catalogue knows of the model; may be null
};

// The answer that `perform` lets the reader hear. What it cost is told to the purchase, also where
// the transfer breaks off: then what had arrived is in the error. Throws as `perform` does, and
// UpstreamError for each reply that is no answer: an error wherever it stood, truncated, malformed,
// moderated, empty.
Answer heard_answer(const ChatCall& call, ChatReader& reader, Purchase& bought,
                    const std::function<void()>& perform);

}  // namespace catalog
