// What a body of `POST /chat/completions` asks of the sandbox (OpenRouter API, "Create a chat
// completion"), as far as its models care. Pure, on any thread.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tools/sandbox/sandbox_script.h"

namespace tools {

struct SandboxChatRequest {
  std::vector<std::string> models;  // to be tried in this order; at least one
  SandboxPrompt prompt;
};

// The request, or the 400 that says what is wrong with it.
std::variant<SandboxReply, SandboxChatRequest> decode_chat_request(const SandboxRequest& request);

}  // namespace tools
