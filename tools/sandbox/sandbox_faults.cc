#include "tools/sandbox/sandbox_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tools {
namespace {

using nlohmann::json;
using Kind = SandboxScript::Kind;
using Ending = SandboxScript::Ending;

SandboxOutcome no_such_key(const SandboxPrompt&) { return gateway_error(401, "User not found."); }

SandboxOutcome out_of_credit(const SandboxPrompt&) {
  return gateway_error(402, "The sandbox account has no pretend credit left.",
                       {{"limit_source", "openrouter_credits"},
                        {"error_type", "payment_required"},
                        {"remedy_hint", "There is nothing to buy: ask sandbox/echo instead."},
                        {"provider_name", nullptr}});
}

SandboxOutcome rate_limited(const SandboxPrompt&) {
  SandboxReply reply = gateway_error(
      429, "Provider returned error",
      {{"raw", "sandbox/error is temporarily rate-limited upstream, on purpose. Retry shortly."},
       {"provider_name", "Sandbox"},
       {"is_byok", false},
       {"provider_error_code", "rate_limit_exceeded"},
       {"limit_source", "upstream_provider_shared_pool"},
       {"retry_after_seconds", 2},
       {"headers", {{"Retry-After", "2"}}}});
  reply.headers.emplace_back("Retry-After", "2");
  return reply;
}

SandboxReply provider_error(int code, const char* error_type, const char* raw) {
  return gateway_error(
      code, "Provider returned error",
      {{"raw", raw}, {"provider_name", "Sandbox"}, {"error_type", error_type}, {"is_byok", false}});
}

SandboxOutcome bad_gateway(const SandboxPrompt&) {
  return provider_error(502, "provider_unavailable", "The sandbox provider is out, on purpose.");
}

SandboxOutcome overloaded(const SandboxPrompt&) {
  return provider_error(529, "provider_overloaded",
                        "The sandbox provider is overloaded, on purpose.");
}

SandboxReply page(int status) {
  SandboxReply reply;
  reply.status = status;
  reply.content_type = "text/html; charset=UTF-8";
  reply.body = fmt::format(
      "<!DOCTYPE html>\n<html><head><title>sandbox | {0}: a page in place of an "
      "answer</title></head>"
      "<body><h1>Error {0}</h1><p>This page stands where an answer was "
      "expected.</p></body></html>\n",
      status);
  return reply;
}

SandboxOutcome html(const SandboxPrompt&) { return page(520); }
SandboxOutcome html_in_200(const SandboxPrompt&) { return page(200); }

SandboxOutcome error_in_200(const SandboxPrompt&) {
  SandboxReply reply =
      provider_error(502, "provider_unavailable", "A sandbox error inside a success.");
  reply.status = 200;
  return reply;
}

SandboxScript beginning(Ending ending) {
  SandboxScript script;
  script.steps = words("sandbox/error begins to answer and ");
  script.ending = ending;
  return script;
}

SandboxOutcome error_in_stream(const SandboxPrompt&) { return beginning(Ending::broken); }
SandboxOutcome truncated(const SandboxPrompt&) { return beginning(Ending::cut_off); }
SandboxOutcome dropped(const SandboxPrompt&) { return beginning(Ending::dropped); }

SandboxOutcome stalled(const SandboxPrompt&) {
  SandboxScript script = beginning(Ending::stalled);
  script.steps.resize(1);
  return script;
}

SandboxOutcome empty(const SandboxPrompt&) { return SandboxScript(); }

// All that was allowed went into reasoning, and nothing is left to say.
SandboxOutcome spent_on_reasoning(const SandboxPrompt& prompt) {
  SandboxScript script;
  const std::int64_t tokens = std::clamp<std::int64_t>(prompt.max_tokens.value_or(64), 1, 1024);
  std::string thought;
  while (thought.size() < static_cast<std::size_t>(tokens) * 4) thought += "still thinking, ";
  thought.resize(static_cast<std::size_t>(tokens) * 4);
  script.steps.push_back({Kind::reasoning, thought, {}});
  script.finish_reason = "length";
  return script;
}

SandboxOutcome echo_key(const SandboxPrompt& prompt) {
  return gateway_error(400, fmt::format("sandbox/error cannot use the request with the header "
                                        "\"Authorization: {}\"",
                                        prompt.authorization));
}

struct Fault {
  std::string_view name;
  SandboxOutcome (*happen)(const SandboxPrompt&);
};

constexpr Fault faults[] = {
    {"401", no_such_key},
    {"402", out_of_credit},
    {"429", rate_limited},
    {"502", bad_gateway},
    {"529", overloaded},
    {"html", html},
    {"html-in-200", html_in_200},
    {"truncated", truncated},
    {"error-in-200", error_in_200},
    {"error-in-stream", error_in_stream},
    {"empty", empty},
    {"length", spent_on_reasoning},
    {"stall", stalled},
    {"drop", dropped},
    {"echo-key", echo_key},
};

std::string_view first_word(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  return text.substr(0, text.find_first_of(space));
}

SandboxReply list_of_cases() {
  std::string names;
  for (const Fault& fault : faults)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", fault.name);
  return gateway_error(
      400, fmt::format("sandbox/error fails on demand: begin the prompt with one of {}.", names),
      {{"error_type", "invalid_request"}, {"provider_name", "Sandbox"}});
}

}  // namespace

SandboxOutcome fail_on_demand(const SandboxModel&, const SandboxPrompt& prompt) {
  const std::string_view name = first_word(prompt.text);
  const auto fault = std::find_if(std::begin(faults), std::end(faults),
                                  [&](const Fault& known) { return known.name == name; });
  return fault == std::end(faults) ? list_of_cases() : fault->happen(prompt);
}

}  // namespace tools
