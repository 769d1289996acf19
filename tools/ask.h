// One question to one target, whichever kind it is. Made by the tools that send prompts; called on
// whatever thread shall wait for the answer.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "catalog/answer.h"
#include "tools/program.h"

namespace tools {

using Ask = std::function<catalog::Answer(const catalog::Prompt&, const catalog::Listener&)>;

// Throws as `Catalog::resolve`; the question itself throws as `catalog/errors.h` says.
Ask asker(Program& program, std::string_view target, std::stop_token stop);

}  // namespace tools
