// What a tool that spends money adds to its call: the purse that pays, the question to the person
// where the call is dear, and the guard against buying the same answer twice. On the thread of the
// call.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "catalog/spend/purse.h"
#include "mcp/call.h"
#include "tools/answer_result.h"
#include "tools/kept_answers.h"
#include "tools/program.h"

namespace tools {

// The purse for a call, which may cost `max_cost_usd` where the caller gives that, in all its
// purchases together. Whom it pays is still to be said (`Purse::calls`).
catalog::Purse purse_for(Program& program, mcp::Call& call, std::optional<double> max_cost_usd);

// Adds what the caller should be told of the budgets, and tells the log.
void add_alerts(const Program& program, const catalog::Purse& purse, Reply<AnswerResult>& reply);

// What makes a call of a tool this call: how long somebody waits and what it may cost do not.
template <class Arguments>
std::string identity_of(Arguments arguments) {
  arguments.wait_seconds.reset();
  arguments.max_cost_usd.reset();
  arguments.idempotency_key.reset();
  return mcp::dump(mcp::encode(arguments));
}

struct Buying {
  std::string tool;
  std::optional<std::string> idempotency_key;
  std::function<std::string()> arguments;  // what makes the call this call; outlives the handler
  // Whether it has sent something that may have been billed.
  std::function<bool()> has_bought;
  bool goes_on = false;  // with what an earlier round of the same call has bought
};

struct Bought {
  KeptAnswer answer;
  bool before = false;  // by an earlier call, with the same key
};
inline constexpr std::string_view was_free =
    "\n[bought by an earlier call that was the same: free]";
// What `buy` brings, once for each key.
Bought bought_under_key(Program& program, mcp::Call& call, const Buying& buying,
                        const std::function<KeptAnswer()>& buy);

// The answer of `buy`, unless an identical call has bought it already: under
// the same key, or because nobody was there any more to take the answer. Such an answer is free.
Reply<AnswerResult> bought_once(Program& program, mcp::Call& call, const Buying& buying,
                                const std::function<Reply<AnswerResult>()>& buy);

}  // namespace tools
