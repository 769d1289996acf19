// Why a gateway did not answer: its error replies, in all their envelopes (OpenRouter API,
// "Errors"), turned into the UpstreamError that a tool shows to a language model. Pure; called on
// the call's own thread. Everything read here is untrusted: it is bounded, and the account's
// `user_id` is not read.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/errors.h"
#include "catalog/transfers.h"

namespace catalog {

// Who was asked for what, for the texts.
struct ErrorContext {
  std::string gateway;     // its name
  std::string key_source;  // where its key came from, e.g. a variable's name
  std::string subject;     // the model's id, or "the list of models"
};

// The facts of an error reply, whatever its envelope.
struct ErrorReply {
  bool written = false;      // a JSON text: whoever was asked wrote it instead of an answer
  int code = 0;              // the one in the body; 0: none
  std::string message;       // the provider's own where the gateway passed one on
  std::string provider;      // who failed, where it was not the gateway
  std::string type;          // error_type, or the code of `availability`
  std::string failed_step;   // of the gateway's routing
  std::string limit_source;  // which of the limits was hit
  std::string reason;        // why that limit, where several requests share it
  std::string filters;       // of the routing, which left nobody; with commas
  std::string constraint;    // what set the filter: a field of the request, and more of it
  std::string complaints;    // what moderation or a guardrail saw; with commas
  std::optional<std::chrono::seconds> retry_after;
  std::optional<bool> retryable;  // as it says itself
};

// Reads a body: JSON in any of the envelopes, or plain text. HTML leaves everything empty.
ErrorReply decode_error(std::string_view body);

// An error reply as an exception. `status` is the HTTP status; where that says success, the code or
// type in the body decides. The kind comes from the message, the error type and the status, in that
// order, each by a table.
UpstreamError reply_error(const ErrorContext& context, const ResponseHead& head,
                          std::string_view body);

}  // namespace catalog
