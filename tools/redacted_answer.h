// An answer without our keys, before it is cut or kept. What arrives was cleaned already, but a
// model that spells a key out may do so in pieces. On the thread that runs the call.
#pragma once

#include <functional>

#include "catalog/answer.h"
#include "tools/program.h"

namespace tools {

// Runs `ask` with a listener that passes on to `told`, and returns or throws what it does.
catalog::Answer redacted_answer(
    const Program& program, const catalog::Listener& told,
    const std::function<catalog::Answer(const catalog::Listener&)>& ask);

}  // namespace tools
