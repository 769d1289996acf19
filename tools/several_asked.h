// The same question to several targets at once, each on a thread of its own, and what became of
// each: one that fails is only its own failure. Used by `compare`, on the call's own thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/answer.h"
#include "catalog/errors.h"
#include "tools/ask.h"

namespace tools {

struct Question {
  std::string target;
  catalog::Prompt prompt;
};

struct Outcome {
  std::string target;
  std::string status = "working";  // as `invoke` has it; also failed and canceled
  std::optional<catalog::Answer> answer{};
  std::string task_id{};  // under which an agent's question is kept
  std::string error{};    // in the words of a tool error
  std::optional<catalog::Kind> kind{};
  catalog::Billed billed = catalog::Billed::no;  // what failed
  std::chrono::milliseconds took{0};

  bool over() const { return status != "working"; }
  bool answered() const { return status == "completed"; }
};

// In the order of the questions; each is replaced, never altered, so that it may be kept.
using Outcomes = std::vector<std::shared_ptr<const Outcome>>;

// How a target's question is made; may throw as the question itself does.
using MakeAsk = std::function<Ask(const std::string& target)>;

// Asks all and returns once each is over. `watch` is called here, with the outcomes so far,
// whenever one more is over and several times a second.
Outcomes ask_several(const std::vector<Question>& questions, const MakeAsk& make_ask,
                     const std::function<void(const Outcomes&)>& watch);

}  // namespace tools
