#include "catalog/agents/a2a_errors.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "catalog/agents/bounded_json.h"
#include "catalog/models/retry_after.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t max_message = 2000;
constexpr std::size_t max_error_body = std::size_t{64} << 10;
constexpr std::string_view needs_key =
    "the agent wants credentials of its own: configure the agent with them";

struct StatusMeaning {
  int status;
  Kind kind;
  std::string_view advice;
};

constexpr std::array<StatusMeaning, 14> status_meanings = {{
    {400, Kind::invalid_arguments, ""},
    {401, Kind::unauthorized, needs_key},
    {402, Kind::out_of_credit, "the agent wants to be paid for each call"},
    {403, Kind::forbidden, "the credentials it was called with do not allow this"},
    {404, Kind::not_found, ""},
    {405, Kind::unsupported, ""},
    {408, Kind::timed_out, ""},
    {410, Kind::not_found, ""},
    {413, Kind::too_long, "shorten `prompt`"},
    {415, Kind::unsupported, ""},
    {422, Kind::invalid_arguments, ""},
    {429, Kind::rate_limited, "wait, then call again"},
    {504, Kind::timed_out, ""},
    {501, Kind::unsupported, ""},
}};

StatusMeaning meaning_of_status(int status) {
  for (const StatusMeaning& meaning : status_meanings) {
    if (meaning.status == status) return meaning;
  }
  if (status >= 500) return {status, Kind::unavailable, "call again later, or call another agent"};
  if (status >= 400) return {status, Kind::invalid_arguments, ""};
  return {status, Kind::malformed, ""};  // a redirect of a call is never followed
}

struct CodeMeaning {
  int code;
  Kind kind;
  std::string_view clause;
  std::string_view advice;
};

constexpr std::array<CodeMeaning, 14> code_meanings = {{
    {-32700, Kind::malformed, "could not read the request", ""},
    {-32600, Kind::invalid_arguments, "refused the request as invalid", ""},
    {-32601, Kind::unsupported, "does not know the method", ""},
    {-32602, Kind::invalid_arguments, "refused the parameters as invalid", ""},
    {-32603, Kind::agent_failed, "failed inside", "call again later, or call another agent"},
    {-32001, Kind::not_found, "does not know the task", "start a new task"},
    {-32002, Kind::unsupported, "cannot cancel the task", ""},
    {-32003, Kind::unsupported, "sends no push notifications", ""},
    {-32004, Kind::unsupported, "does not support the operation", ""},
    {-32005, Kind::unsupported, "does not take this type of content",
     "see its input modes with `get_agent`"},
    {-32006, Kind::malformed, "gave an answer that is not valid", ""},
    {-32007, Kind::unsupported, "has no extended card", ""},
    {-32008, Kind::unsupported, "requires an extension of A2A that is not spoken here",
     "call another agent"},
    {-32009, Kind::unsupported, "does not speak this version of A2A", "call another agent"},
}};

CodeMeaning meaning_of_code(int code) {
  for (const CodeMeaning& meaning : code_meanings) {
    if (meaning.code == code) return meaning;
  }
  return {code, Kind::agent_failed, "answered with an error", ""};
}

bool looks_like_html(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '<';
}

}  // namespace

std::string message_in(std::string_view body) {
  if (body.size() > max_error_body || looks_like_html(body)) return {};
  const auto document = parse_bounded(body);
  if (!document) return {};
  const json* error = member(*document, {"error"});
  if (error != nullptr && error->is_string()) {
    const std::string detail = text_member(*document, {"detail"}, max_message);
    return text_member(*document, {"error"}, max_message) + (detail.empty() ? "" : ": " + detail);
  }
  if (error != nullptr) return text_member(*error, {"message", "detail"}, max_message);
  return text_member(*document, {"message", "detail", "title"}, max_message);
}

UpstreamError http_error(std::string_view who, const ResponseHead& head, std::string_view body) {
  const StatusMeaning meaning = meaning_of_status(head.status);
  const bool moved = head.status >= 300 && head.status < 400;
  UpstreamError error(meaning.kind,
                      fmt::format("{} answered {}{}", who, head.status,
                                  moved ? " (a redirect, which is not followed)" : ""));
  error.status = head.status;
  error.provider_message = message_in(body);
  error.advice = meaning.advice;
  error.retry_after =
      parse_retry_after(head.header("retry-after"), std::chrono::system_clock::now());
  return error;
}

UpstreamError rpc_error(std::string_view who, const RpcError& rpc) {
  const CodeMeaning meaning = meaning_of_code(rpc.code);
  UpstreamError error(meaning.kind, fmt::format("{} {} ({})", who, meaning.clause, rpc.code));
  error.provider_message = rpc.message;
  error.advice = meaning.advice;
  error.status = 200;
  return error;
}

bool is_other_version(const RpcError& error) {
  return error.code == -32601 || error.code == -32009;
}

bool is_free(const AgentPrice& price) {
  return price.model == "FREE" || (price.unit_usd && *price.unit_usd == 0);
}

Billed billed_after_answer(const AgentPrice& price) {
  if (is_free(price)) return Billed::no;
  return price.unit_usd ? Billed::yes : Billed::unknown;
}

Billed billed_without_answer(const AgentPrice& price) {
  return is_free(price) ? Billed::no : Billed::unknown;
}

void put_cost(Answer& answer, const AgentPrice& price) {
  if (is_free(price)) {
    answer.cost_usd = 0;
  } else if (price.unit_usd && *price.unit_usd > 0) {
    answer.cost_usd = price.unit_usd;
  }
  answer.cost_source = answer.cost_usd ? CostSource::estimated : CostSource::unknown;
}

}  // namespace catalog
