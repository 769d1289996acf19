#include "catalog/agents/task_progress.h"

#include <fmt/format.h>

#include <cctype>

#include "catalog/agents/bounded_json.h"
#include "catalog/errors.h"

namespace catalog {
namespace {

constexpr std::size_t max_said = std::size_t{4} << 20;
constexpr std::size_t max_heard = 200;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Some agents stream their text as status messages, piece by piece; others say whole sentences.
void join(Content& said, const std::vector<A2aPart>& parts, FileAllowance& allowance) {
  Content more;
  more.append(parts, allowance);
  for (FilePart& file : more.files) said.files.push_back(std::move(file));
  if (more.text.empty() || said.text.size() + more.text.size() > max_said) return;
  const bool apart =
      !said.text.empty() && !is_space(said.text.back()) && !is_space(more.text.front());
  if (apart) said.text += '\n';
  said.text += more.text;
}

}  // namespace

void TaskProgress::take(const A2aEvent& event) {
  if (const auto* task = std::get_if<A2aTask>(&event)) take_task(*task);
  if (const auto* message = std::get_if<A2aMessage>(&event)) take_message(*message);
  if (const auto* update = std::get_if<StatusUpdate>(&event)) {
    keep_ids(update->task_id, update->context_id);
    take_status(update->status, update->final);
  }
  if (const auto* update = std::get_if<ArtifactUpdate>(&event)) {
    keep_ids(update->task_id, update->context_id);
    take_artifact(update->artifact, update->append);
  }
  const bool snapshot = std::exchange(expects_snapshot_, false);
  old_question_ = snapshot && std::holds_alternative<A2aTask>(event) && is_interrupted(state_);
  if (old_question_) over_ = false;
  if (!on_task_ || task_id_.empty() || over_) return;
  std::exchange(on_task_, nullptr)();
}

void TaskProgress::resume(const AgentTask& task) {
  task_id_ = task.task_id;
  context_id_ = task.context_id;
}

void TaskProgress::keep_ids(const std::string& task_id, const std::string& context_id) {
  started_ = true;
  if (task_id_.empty()) task_id_ = task_id;
  if (context_id_.empty()) context_id_ = context_id;
}

void TaskProgress::take_task(const A2aTask& task) {
  keep_ids(task.id, task.context_id);
  Content said;
  FileAllowance allowance;
  for (const A2aMessage& message : task.history) {
    if (message.from_agent) {
      join(said, message.parts, allowance);
    } else {
      said = {};  // what came before is about another question
    }
  }
  if (!said.text.empty() || !said.files.empty()) said_ = std::move(said);
  for (const A2aArtifact& artifact : task.artifacts) take_artifact(artifact, false);
  take_status(task.status, false);
}

void TaskProgress::take_message(const A2aMessage& message) {
  if (started_ && !plain_message_) {  // beside a task it is talk
    keep_ids(message.task_id, message.context_id);
    say(message.parts);
    return;
  }
  if (plain_message_) return;
  keep_ids("", message.context_id);
  plain_message_ = true;
  over_ = true;
  message_.append(message.parts, talk_);
  listener_.text(message_.text);
}

void TaskProgress::take_artifact(const A2aArtifact& artifact, bool append) {
  started_ = true;
  const std::string fresh = artifacts_.take(artifact, append);
  if (!fresh.empty()) listener_.text(fresh);
}

void TaskProgress::take_status(const A2aStatus& status, bool final) {
  if (is_terminal(state_)) return;  // the first one stands
  state_ = status.state;
  spelled_ = status.spelled;
  if (is_terminal(state_) || is_interrupted(state_)) {
    settle(status);
  } else {
    if (status.message) say(status.message->parts);
    if (!status.message) heard(name(state_));
  }
  if (final) over_ = true;
}

void TaskProgress::settle(const A2aStatus& status) {
  over_ = true;
  verdict_ = {};
  if (status.message) verdict_.append(status.message->parts, talk_);
  if (state_ == TaskState::completed && artifacts_.text().empty()) listener_.text(answer_text());
}

void TaskProgress::say(const std::vector<A2aPart>& parts) {
  Content now;
  FileAllowance unlimited;
  now.append(parts, unlimited);
  if (now.text.empty()) return;
  join(said_, parts, talk_);
  heard(now.text);
}

void TaskProgress::heard(std::string_view what) {
  last_heard_ = cut_text(what, max_heard);
  listener_.alive(last_heard_);
}

std::string TaskProgress::partial_text() const {
  return plain_message_ ? message_.text : artifacts_.text();
}

// A2A leaves open where the answer stands; this is the order in which real agents are understood.
std::string TaskProgress::answer_text() const {
  std::string made = artifacts_.text();
  if (!made.empty()) return made;
  if (!verdict_.text.empty()) return verdict_.text;
  if (!said_.text.empty()) return said_.text;
  return std::string(name(state_));
}

std::vector<FilePart> TaskProgress::answer_files() const {
  if (plain_message_) return message_.files;
  std::vector<FilePart> made = artifacts_.files();
  if (!made.empty()) return made;
  return verdict_.files.empty() ? said_.files : verdict_.files;
}

std::string TaskProgress::question() const {
  const std::string made = artifacts_.text();
  if (made.empty()) return answer_text();
  const std::string& asked = verdict_.text.empty() ? said_.text : verdict_.text;
  return asked.empty() ? made : made + "\n\n" + asked;
}

void TaskProgress::fail(std::string_view who) const {
  UpstreamError error(Kind::truncated, "");
  if (state_ == TaskState::failed) {
    error = UpstreamError(Kind::agent_failed, fmt::format("{} failed the task", who));
  } else if (state_ == TaskState::canceled) {
    error = UpstreamError(Kind::agent_failed, fmt::format("{} canceled the task", who));
  } else if (state_ == TaskState::rejected) {
    error = UpstreamError(Kind::agent_rejected, fmt::format("{} rejected the task", who));
    error.advice = "ask for something within its skills (see `get_agent`), or call another agent";
  } else {
    const std::string state = spelled_.empty() ? "no state" : cut_text(spelled_, 64);
    error.what_happened =
        fmt::format("{} stopped telling of its task before it was over ({})", who, state);
    error.advice = "the agent may still be working on it; calling again starts a new task";
  }
  error.provider_message = cut_text(verdict_.text.empty() ? said_.text : verdict_.text, 2000);
  error.partial_text = artifacts_.text();
  error.request_id = task_id_;
  throw error;
}

Answer TaskProgress::answer(std::string_view who) const {
  if (artifacts_.overflowed()) {
    UpstreamError error(Kind::malformed,
                        fmt::format("{} sent more artifacts or parts than can be taken", who));
    error.partial_text = artifacts_.text();
    throw error;
  }
  Answer answer;
  answer.task_id = task_id_;
  answer.context_id = context_id_;
  answer.finish_reason = plain_message_ ? "message" : std::string(name(state_));
  if (plain_message_) {
    answer.text = message_.text;
    if (message_.text.empty()) {
      throw UpstreamError(Kind::empty, fmt::format("{} answered with an empty message", who));
    }
  } else if (state_ == TaskState::completed) {
    answer.text = answer_text();
  } else if (is_interrupted(state_)) {
    answer.status =
        state_ == TaskState::input_required ? Status::input_required : Status::auth_required;
    answer.text = question();
  } else if (is_terminal(state_) || task_id_.empty()) {
    fail(who);
  } else {
    answer.status = Status::working;
    answer.finish_reason = state_ == TaskState::unknown ? spelled_ : answer.finish_reason;
    answer.text = artifacts_.text();
  }
  answer.files = answer_files();
  return answer;
}

}  // namespace catalog
