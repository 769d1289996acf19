// One call to a model or agent that may take longer than its caller waits. When the caller's
// patience ends, its answer leaves with a task id and the call goes on where it is; what becomes of
// it is kept in the task book. Lives on the thread that runs the call.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "catalog/answer.h"
#include "mcp/call.h"
#include "tools/answer_result.h"
#include "tools/progress.h"
#include "tools/task_book.h"

namespace tools {

// How long a client of which nothing better is known waits for a tool.
inline constexpr std::chrono::seconds usual_patience{50};

class LongCall {
 public:
  LongCall(TaskBook& book, mcp::Call& call, std::string target, std::chrono::seconds patience);

  // Goes on with a task that is kept: it is answered or followed. False when somebody else does.
  bool take_over(const catalog::StoredTask& task);
  // Nothing was sent: the task is as it was.
  void put_back();

  // What to hand to the catalog; refers to this object.
  catalog::Listener listener();
  // For an agent's prompt: a task that has left goes on at the agent when this program ends.
  catalog::Patience patience();

  // The answer, as it is given to the caller, or kept for whoever asks when the caller has left.
  Reply<AnswerResult> ended(Reply<AnswerResult> reply,
                            const std::optional<catalog::AgentTask>& task);
  // The same for an answer of another shape, which asks for nothing.
  void over(const std::string& status, const std::string& text, const mcp::OrderedJson& result);
  // What there is so far, where it does not come in pieces.
  void so_far(std::string text) { text_ = std::move(text); }
  // The call failed or was cancelled, in the words of a tool error.
  void failed(const std::string& status, const std::string& text);
  // The call was stopped. What goes on without it, at an agent or at a gateway, is kept for whoever
  // asks next, unless somebody cancelled just that.
  void stopped();
  // The same for a call that only followed a task: that is then as it was.
  void stopped_following();

 private:
  using Clock = std::chrono::steady_clock;

  std::function<void()> stopper();
  void begun(const catalog::AgentTask& task);
  void look_up();
  void follow_book();
  void leave();
  void keep(const std::string& status, const std::string& remote);

  TaskBook& book_;
  mcp::Call& call_;
  Progress progress_;
  const std::string target_;
  const Clock::time_point until_;
  Clock::time_point look_again_{};  // at the task book, after it failed
  std::string id_;
  std::optional<catalog::StoredTask> taken_;  // as it was
  bool kept_ = false;                         // there is a task of that id
  std::size_t pieces_ = 0;                    // of text, heard
  std::string text_;                          // so far
  std::string remote_;                        // the agent's task, once it is known
  bool job_ = false;                          // which is a gateway's: paid for, and not to be lost
  // Set by whoever cancels the task, on any thread: else a stop only means that this program ends.
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace tools
