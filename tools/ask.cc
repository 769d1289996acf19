#include "tools/ask.h"

namespace tools {

Ask asker(Program& program, std::string_view target, std::stop_token stop) {
  const catalog::Target found = program.catalog().resolve(target);
  return [found, stop](const catalog::Prompt& prompt, const catalog::Listener& listener) {
    if (const auto* model = std::get_if<catalog::ModelTarget>(&found)) {
      return model->gateway.invoke(model->id, prompt, listener, stop);
    }
    const auto& agent = std::get<catalog::AgentTarget>(found);
    return agent.directory.invoke(agent.slug, prompt, listener, stop);
  };
}

}  // namespace tools
