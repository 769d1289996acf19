// What is known of one sending to an agent: fed with the events of a stream, or with the one result
// of a plain send, it tells the listener what is new and makes the answer of it. Driven by one call
// on its own thread; later also by what resumes a task.
#pragma once

#include <string>
#include <string_view>

#include "catalog/agents/a2a_message.h"
#include "catalog/agents/artifacts.h"
#include "catalog/answer.h"

namespace catalog {

class TaskProgress {
 public:
  // The listener must outlive it.
  explicit TaskProgress(const Listener& listener) : listener_(listener) {}

  // Ids that change on the way are tolerated (an agent that crashes reports under a new one); the
  // first terminal state stands, whatever comes after it.
  void take(const A2aEvent& event);

  // A terminal state, a question, a plain message, or 0.3's `final`: nothing more need be read.
  bool over() const { return over_; }
  bool started() const { return started_; }
  const std::string& task_id() const { return task_id_; }
  const std::string& context_id() const { return context_id_; }
  // What the agent last said it was doing, to be repeated while nothing else comes.
  std::string_view last_heard() const { return last_heard_; }
  std::string partial_text() const;

  // Status, text, task_id, context_id and finish_reason. Throws UpstreamError: agent_failed,
  // agent_rejected, truncated (with the partial text) when the task was not over, empty, malformed.
  Answer answer(std::string_view who) const;

 private:
  void take_task(const A2aTask& task);
  void take_message(const A2aMessage& message);
  void take_artifact(const A2aArtifact& artifact, bool append);
  void take_status(const A2aStatus& status, bool final);
  void settle(const A2aStatus& status);
  void keep_ids(const std::string& task_id, const std::string& context_id);
  void say(const std::string& text);
  void heard(std::string_view what);
  std::string answer_text() const;
  std::string question() const;
  [[noreturn]] void fail(std::string_view who) const;

  const Listener& listener_;
  Artifacts artifacts_;
  std::string task_id_;
  std::string context_id_;
  std::string last_heard_;
  std::string said_;     // status messages on the way, or the agent's part of the history
  std::string verdict_;  // the message that came with the state that ended it
  std::string message_;  // a plain message in place of a task
  std::string spelled_;  // the last state as it came
  TaskState state_ = TaskState::unknown;
  bool plain_message_ = false;
  bool started_ = false;
  bool over_ = false;
};

}  // namespace catalog
