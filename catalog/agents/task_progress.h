// What is known of one sending to an agent: fed with the events of a stream, or with the one result
// of a plain send or of a later look at the task, it tells the listener what is new and makes the
// answer of it. Driven by one call on its own thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/agents/a2a_message.h"
#include "catalog/agents/artifacts.h"
#include "catalog/answer.h"

namespace catalog {

class TaskProgress {
 public:
  // The listener must outlive it.
  explicit TaskProgress(const Listener& listener) : listener_(listener) {}

  // What is told when the agent turns out to have a task that is not finished yet; at most once.
  void on_task(std::function<void()> tell) { on_task_ = std::move(tell); }
  // The task is known already: one that is asked about, or answered.
  void resume(const AgentTask& task);
  // The next event may show the task as it was before it was answered, with its old question.
  void expect_snapshot() { expects_snapshot_ = true; }

  // Ids that change on the way are tolerated (an agent that crashes reports under a new one); the
  // first terminal state stands, whatever comes after it.
  void take(const A2aEvent& event);

  // A terminal state, a question, a plain message, or 0.3's `final`: nothing more need be read.
  bool over() const { return over_; }
  // Likewise without 0.3's `final`, after which a task may still be at work.
  bool settled() const {
    return !old_question_ && (plain_message_ || is_terminal(state_) || is_interrupted(state_));
  }
  TaskState state() const { return state_; }
  bool started() const { return started_; }
  const std::string& task_id() const { return task_id_; }
  const std::string& context_id() const { return context_id_; }
  // What the agent last said it was doing, to be repeated while nothing else comes.
  std::string_view last_heard() const { return last_heard_; }
  std::string partial_text() const;

  // Status, text, files, task_id, context_id and finish_reason; Status::working, with what there is
  // of the text, for a task that is not settled. Throws UpstreamError: agent_failed,
  // agent_rejected, truncated (with the partial text) when what there is has no task id to go on
  // with, empty, malformed.
  Answer answer(std::string_view who) const;

 private:
  void take_task(const A2aTask& task);
  void take_message(const A2aMessage& message);
  void take_artifact(const A2aArtifact& artifact, bool append);
  void take_status(const A2aStatus& status, bool final);
  void settle(const A2aStatus& status);
  void keep_ids(const std::string& task_id, const std::string& context_id);
  void say(const std::vector<A2aPart>& parts);
  void heard(std::string_view what);
  std::string answer_text() const;
  std::string question() const;
  std::vector<FilePart> answer_files() const;
  [[noreturn]] void fail(std::string_view who) const;

  const Listener& listener_;
  Artifacts artifacts_;
  std::string task_id_;
  std::string context_id_;
  std::string last_heard_;
  FileAllowance talk_;  // for the files of messages; those of artifacts have their own
  Content said_;        // status messages on the way, or the agent's part of the history
  Content verdict_;     // the message that came with the state that ended it
  Content message_;     // a plain message in place of a task
  std::function<void()> on_task_;
  std::string spelled_;  // the last state as it came
  TaskState state_ = TaskState::unknown;
  bool plain_message_ = false;
  bool expects_snapshot_ = false;
  bool old_question_ = false;  // what is known of the task is from before it was answered
  bool started_ = false;
  bool over_ = false;
};

}  // namespace catalog
