// What is asked of a target, what it answers, and how the caller hears of it meanwhile. The same
// for a model and for an agent; the fields one of them cannot have stay empty.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace catalog {

struct Prompt {
  std::string text;
  std::optional<std::string> system;
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<std::string> reasoning_effort;
};

struct Usage {  // tokens, in the model's own tokenizer, as reported
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> completion_tokens;
  std::optional<std::int64_t> reasoning_tokens;
  std::optional<std::int64_t> cached_tokens;
};

enum class Status { completed, input_required, auth_required };
enum class CostSource { reported, estimated, unknown };

struct Answer {
  Status status = Status::completed;
  std::string text;  // the answer; for input_required and auth_required the agent's own question
  std::string served_by;  // the model and provider, or the agent, that really answered
  Usage usage;
  std::optional<double> cost_usd;
  CostSource cost_source = CostSource::unknown;
  std::string finish_reason;
  std::string request_id;  // the gateway's generation id
  std::string task_id;     // the agent's own task id; empty when it answered with a message
  std::string context_id;  // the agent's own conversation id
};

// Heard on the calling thread while a call runs. Both may be empty.
struct Listener {
  std::function<void(std::string_view text)> on_text;   // the next piece of the answer
  std::function<void(std::string_view what)> on_alive;  // "waiting", "thinking", "working on it" …

  void text(std::string_view piece) const {
    if (on_text) on_text(piece);
  }
  void alive(std::string_view what) const {
    if (on_alive) on_alive(what);
  }
};

}  // namespace catalog
