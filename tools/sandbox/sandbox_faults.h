// The model "sandbox/error": fails in each way a gateway is known to fail, on demand, in the shapes
// that OpenRouter uses (its API, "Errors" and "Streaming"). One table. Pure, on any thread.
#pragma once

#include "tools/sandbox/sandbox_models.h"

namespace tools {

// The first word of the prompt names the case; anything else is answered by a 400 with the cases.
SandboxOutcome fail_on_demand(const SandboxModel& model, const SandboxPrompt& prompt);

}  // namespace tools
