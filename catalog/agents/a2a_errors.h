// Errors of agents and of the directories' gateways, sorted into our kinds: by HTTP status, and by
// the codes of A2A over JSON-RPC (A2A 1.0 section 5.4 and 9.5). Pure, on any thread.
#pragma once

#include <string>
#include <string_view>

#include "catalog/agents/agent.h"
#include "catalog/answer.h"
#include "catalog/errors.h"
#include "catalog/transfers.h"

namespace catalog {

// A JSON-RPC error as it came, its text cut.
struct RpcError {
  int code = 0;
  std::string message;
};

// What an HTTP status that is not a success means; `body` is quoted when it is short text. `who` is
// the subject: "agent:local/helper".
UpstreamError http_error(std::string_view who, const ResponseHead& head, std::string_view body);
// What a JSON-RPC error means.
UpstreamError rpc_error(std::string_view who, const RpcError& error);
// Whether nothing ran because the other version of A2A is spoken there.
bool is_other_version(const RpcError& error);

// The message inside an error body, whichever shape it has: {"error":"…"},
// {"error":{"message":"…"}},
// {"message":"…"}, problem+json, {"detail":"…"}; "" for HTML and all else.
std::string message_in(std::string_view body);

// Whether a call is known to cost nothing.
bool is_free(const AgentPrice& price);
// Whether a call was billed: after an answer (of any kind), or when none came.
Billed billed_after_answer(const AgentPrice& price);
Billed billed_without_answer(const AgentPrice& price);
// Writes into the answer what the call cost, as far as the price list tells.
void put_cost(Answer& answer, const AgentPrice& price);

}  // namespace catalog
