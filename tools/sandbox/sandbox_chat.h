// `POST /chat/completions` of the sandbox, streamed or whole, in OpenRouter's shapes. Runs on the
// thread of the connection.
#pragma once

#include "tools/sandbox/sandbox_generations.h"

namespace tools {

// Who may ask was settled before. `generations` outlives the reply.
SandboxReply complete_chat(const SandboxRequest& request, SandboxGenerations& generations);

}  // namespace tools
