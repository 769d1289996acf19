// What a sandbox model does with a prompt, as data: what it says, at what pace, and how it ends.
// The models write scripts, `sandbox_chat` performs them on the wire. Pure, on any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/sandbox/sandbox_server.h"

namespace tools {

struct SandboxPrompt {
  std::string text;         // of the last message of the user
  std::int64_t tokens = 0;  // of all messages together
  std::optional<std::int64_t> max_tokens;
  std::size_t images = 0;
  bool stream = false;
  std::string reasoning_effort = "medium";  // "none": no reasoning at all
  bool reasoning_hidden = false;            // paid for, but not shown
  std::string schema;                       // that the answer shall fit; "": any text
  bool parameters_required = false;         // only who knows them all may answer
  std::string authorization;                // the header as it came
};

struct SandboxScript {
  enum class Ending {
    complete,  // finish reason, usage, [DONE]
    cut_off,   // the body ends as if it were whole
    dropped,   // the connection is closed within the body
    stalled,   // nothing more, until the client hangs up
    broken,    // an error where the rest should be
  };
  enum class Kind { comment, reasoning, text };
  struct Step {
    Kind kind;
    std::string text;
    std::chrono::milliseconds pause{0};  // before it
  };

  std::vector<Step> steps;
  std::string finish_reason = "stop";
  Ending ending = Ending::complete;

  std::int64_t reasoning_tokens() const;
  std::int64_t completion_tokens() const;  // reasoning included
  // Ends the script where `max_tokens` are used up, with finish reason "length".
  void limit(std::int64_t max_tokens);
};

// A reply when the model fails before it says anything.
using SandboxOutcome = std::variant<SandboxReply, SandboxScript>;

// Tokens of the sandbox: four bytes each, the last one perhaps shorter.
std::int64_t sandbox_tokens(std::size_t bytes);

// The text in steps of a word each, or more words where there are very many.
std::vector<SandboxScript::Step> words(std::string_view text, std::chrono::milliseconds pause = {});

// An error in the gateway's envelope: {"error": {message, code, metadata}, "user_id"}. `status` is
// also the code.
SandboxReply gateway_error(int status, std::string_view message);
SandboxReply gateway_error(int status, std::string_view message, const nlohmann::json& metadata);

}  // namespace tools
