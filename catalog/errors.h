// What can go wrong when something is looked up or called. Three exception types: the upstream
// failed, we declined, or the caller went away. They travel up the calling thread to the tool
// layer, which turns them into the text a model reads; nothing below that layer formats an error
// for a user.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace catalog {

// The words a tool error may begin with (product page, "Errors tell the model what to change").
enum class Kind {
  invalid_arguments,
  not_found,
  unsupported,
  too_long,
  over_budget,
  path_denied,
  secret_found,
  unauthorized,
  out_of_credit,
  forbidden,
  moderated,
  rate_limited,
  unavailable,
  timed_out,
  truncated,
  malformed,
  empty,
  agent_failed,
  agent_rejected,
  busy,
  interrupted,
  io_error,
  internal,
};

// The kind as it is spelled in a tool error, e.g. "rate_limited".
std::string_view name(Kind kind);

enum class Billed { no, yes, unknown };
// By the cost that was reported, in dollars; `otherwise` where none was.
Billed billed_at(const std::optional<double>& cost_usd, Billed otherwise);

// Something beyond this process failed: a gateway, a directory, an agent, the network.
struct UpstreamError : std::exception {
  Kind kind = Kind::unavailable;
  std::string what_happened;  // one clause, ours: "openrouter answered 429"
  std::string
      provider_message;      // theirs, untrusted, possibly empty; quoted and cut by the tool layer
  std::string advice;        // one sentence: which argument to alter, or what to configure
  std::string partial_text;  // what had arrived before a stream broke
  std::string request_id;    // the gateway's id for the call (generation id), if it gave one
  int status = 0;            // HTTP status, 0 when none was received
  std::optional<std::chrono::seconds> retry_after;
  std::optional<bool> retryable;  // where it is known; else the kind decides
  std::string provider;           // who failed, where it was not the gateway itself
  Billed billed = Billed::no;

  UpstreamError(Kind k, std::string happened) : kind(k), what_happened(std::move(happened)) {}
  const char* what() const noexcept override { return what_happened.c_str(); }
};

// We declined before anything was sent; never billed.
struct Refused : std::exception {
  Kind kind;
  std::string what_happened;  // one clause
  std::string advice;         // what to change; may be empty

  Refused(Kind k, std::string happened, std::string change = {})
      : kind(k), what_happened(std::move(happened)), advice(std::move(change)) {}
  const char* what() const noexcept override { return what_happened.c_str(); }
};

// The caller's stop token was triggered. Nobody waits for an answer any more.
struct Cancelled : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

}  // namespace catalog
