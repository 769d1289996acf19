#include "tools/ask.h"

#include "mcp/errors.h"
#include "tools/cheapest.h"
#include "tools/redacted_answer.h"
#include "tools/structured_answer.h"

namespace tools {
namespace {

// Throws what it was given, if nothing was found by that id with what may have been meant by it.
template <class Error>
[[noreturn]] void fail(Program& program, const catalog::ModelTarget& target, Error& error) {
  if (error.kind == catalog::Kind::not_found) {
    error.advice += program.catalog().no_such_gateway(target);
  }
  throw error;
}

catalog::Answer ask_model(Program& program, const catalog::ModelTarget& target,
                          const catalog::Prompt& prompt, const catalog::Listener& listener,
                          const std::stop_token& stop) {
  try {
    return target.gateway.invoke(target.id, prompt, listener, stop);
  } catch (catalog::UpstreamError& error) {
    fail(program, target, error);
  } catch (catalog::Refused& refused) {
    fail(program, target, refused);
  }
}

catalog::Answer ask_target(Program& program, const catalog::Target& target,
                           const catalog::Prompt& prompt, const catalog::Listener& listener,
                           const std::stop_token& stop) {
  if (const auto* model = std::get_if<catalog::ModelTarget>(&target)) {
    return ask_model(program, *model, prompt, listener, stop);
  }
  const auto& agent = std::get<catalog::AgentTarget>(target);
  return agent.directory.invoke(agent.slug, prompt, listener, stop);
}

Ask plain_asker(Program& program, const catalog::Target& target, std::stop_token stop) {
  return
      [&program, target, stop](const catalog::Prompt& prompt, const catalog::Listener& listener) {
        return redacted_answer(program, listener, [&](const catalog::Listener& heard) {
          return ask_target(program, target, prompt, heard, stop);
        });
      };
}

}  // namespace

Ask asker(Program& program, const Wish& wish, std::stop_token stop) {
  if (wish.target == cheapest_target) return cheapest_asker(program, wish, stop);
  if (!wish.needs.is_null()) {
    throw mcp::InvalidArguments("arguments.needs: only with the target \"cheapest\"");
  }
  const catalog::Target found = program.catalog().resolve(wish.target);
  Ask ask = plain_asker(program, found, stop);
  if (!wish.schema) return ask;
  if (std::holds_alternative<catalog::AgentTarget>(found)) refuse_schema(wish.target);
  return structured(std::move(ask), wish.schema);
}

}  // namespace tools
