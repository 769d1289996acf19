#include "tools/ask.h"

#include "mcp/errors.h"
#include "tools/cheapest.h"
#include "tools/redacted_answer.h"
#include "tools/structured_answer.h"

namespace tools {
namespace {

catalog::Answer ask_target(const catalog::Target& target, const catalog::Prompt& prompt,
                           const catalog::Listener& listener, const std::stop_token& stop) {
  if (const auto* model = std::get_if<catalog::ModelTarget>(&target)) {
    return model->gateway.invoke(model->id, prompt, listener, stop);
  }
  const auto& agent = std::get<catalog::AgentTarget>(target);
  return agent.directory.invoke(agent.slug, prompt, listener, stop);
}

Ask plain_asker(const Program& program, const catalog::Target& target, std::stop_token stop) {
  return
      [&program, target, stop](const catalog::Prompt& prompt, const catalog::Listener& listener) {
        return redacted_answer(program, listener, [&](const catalog::Listener& heard) {
          return ask_target(target, prompt, heard, stop);
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
