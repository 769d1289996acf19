// What is asked of a target, what it answers, and how the caller hears of it meanwhile. The same
// for a model and for an agent; the fields one of them cannot have stay empty.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/agent_task.h"

namespace catalog {

class Purse;

// A file that goes to a model or an agent, or comes back from one: its bytes, or the address where
// the agent keeps it. An address out of an answer is a stranger's text: it is shown, never
// fetched.
struct FilePart {
  std::string name;
  std::string media_type;
  std::string bytes;
  std::string url;  // in place of bytes
};

// How long the caller of an agent waits, and what it means when it goes away.
struct Patience {
  // Then Status::working is answered, where the agent gave its task an id (else the call fails with
  // timed_out). The connection is closed; some agents take that for a cancellation, so a caller
  // that can let the call run on does not set it.
  std::optional<std::chrono::steady_clock::time_point> until{};
  // Asked on the call's own thread when a stop arrives: true when the caller only stops waiting and
  // the agent's task shall go on. Absent: the task is cancelled.
  std::function<bool()> leaves_task{};
};

// What was said before in a conversation with a model.
struct PastTurn {
  bool by_model = false;  // else by the caller
  std::string text;
  std::string reasoning_details{};  // of the model's, as its vendor sent them: a JSON array, or ""
};

struct Prompt {
  std::string text;
  std::optional<std::string> system;
  std::optional<std::int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<std::string> reasoning_effort;
  std::vector<FilePart> files{};  // with bytes; media types as `files/file_kind.h` has them
  // Models only:
  std::vector<std::string> fallbacks{};  // models that may answer in its place, in this order
  std::string provider{};                // routing preferences, a checked JSON object; empty: none
  std::string options{};     // of what a model makes beside text: a JSON object; empty: none
  bool web_search = false;   // the model may search the web, which is paid for by itself
  std::string session_id{};  // calls of one conversation go to one provider and share its cache
  std::vector<PastTurn> history{};  // before `text`
  bool keeps_reasoning = false;     // the answer shall bring the model's own reasoning, to go back
  std::string output_schema{};      // a JSON Schema that the answer shall fit; empty: any text
  // Agents only:
  std::string context_id{};  // the agent's own conversation, to go on with; empty: a new one
  Patience patience{};
  Purse* purse = nullptr;  // who pays; null: nobody counts
};

struct Usage {  // tokens, in the model's own tokenizer, as reported
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> completion_tokens;
  std::optional<std::int64_t> reasoning_tokens;
  std::optional<std::int64_t> cached_tokens;
};

// working: the agent has not finished; `Answer::task` is what follows it.
enum class Status { completed, input_required, auth_required, working };
enum class CostSource { reported, estimated, unknown };

struct Answer {
  Status status = Status::completed;
  std::string text;  // the answer; for input_required and auth_required the agent's own question
  std::string served_by;  // the model and provider, or the agent, that really answered
  Usage usage;
  std::optional<double> cost_usd;
  CostSource cost_source = CostSource::unknown;
  std::optional<double> listed_usd;  // by the catalogue's price, beside a cost that was reported
  std::string finish_reason;
  std::string request_id;       // the gateway's generation id
  std::string task_id;          // the agent's own task id; empty when it answered with a message
  std::string context_id;       // the agent's own conversation id
  std::vector<FilePart> files;  // what was made: by an agent at most 100, 64 MiB together
  std::string reasoning_details{};   // as PastTurn has it, where the prompt wants it
  std::string structured{};          // the answer as JSON, where it fits the caller's schema
  std::vector<std::string> notes{};  // what the caller must know of how it came about, a line each
  std::optional<AgentTask> task;     // working, input_required, auth_required: to go on with it
};

// Heard on the calling thread while a call runs. Each may be empty.
struct Listener {
  std::function<void(std::string_view text)> on_text;  // the next piece of the answer
  std::function<void(std::string_view what)>
      on_alive;  // "waiting", "thinking", "working on it" …; "": still the same
  // Once, as soon as an agent has a task that is not finished: enough to follow it after a restart.
  std::function<void(const AgentTask& task)> on_task{};

  void text(std::string_view piece) const {
    if (on_text) on_text(piece);
  }
  void alive(std::string_view what) const {
    if (on_alive) on_alive(what);
  }
  void task(const AgentTask& begun) const {
    if (on_task) on_task(begun);
  }
};

}  // namespace catalog
