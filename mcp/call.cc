#include "mcp/call.h"

#include <array>
#include <utility>

#include "mcp/peer.h"
#include "mcp/request.h"
#include "mcp/request_state.h"
#include "mcp/tasks.h"
#include "mcp/tool.h"

namespace mcp {
namespace {

constexpr std::chrono::minutes patience_for_answers{10};

constexpr std::array<std::string_view, 8> level_names = {
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"};

}  // namespace

std::string_view name(LogLevel level) { return level_names[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> log_level_named(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

bool Client::has_extension(const char* id) const {
  const auto extensions = capabilities.find("extensions");
  return version == modern && extensions != capabilities.end() && extensions->is_object() &&
         extensions->contains(id);
}

Call::Call(CallOrigin origin) : origin_(std::move(origin)) {}

// One that was never run leaves here.
Call::~Call() { returned(); }

const std::string& Call::principal() const {
  static const std::string nobody;
  return origin_.peer ? origin_.peer->principal : nobody;
}

// --- telling ------------------------------------------------------------------------------------

bool Call::progress(double progress, std::string_view message, std::optional<double> total) {
  if (!wants_progress()) return false;
  OrderedJson params = {{"progressToken", origin_.progress_token}, {"progress", progress}};
  if (total) params["total"] = *total;
  if (version() >= Version::v2025_03_26) params["message"] = message;
  std::string line = notification_line("notifications/progress", dump(params));
  std::lock_guard lock(mutex_);
  if (answered_ || progress <= last_progress_) return false;
  last_progress_ = progress;
  return origin_.connection->notify_if_ready(std::move(line));
}

// In 2026-07-28 a request says what it wants to hear; before, `logging/setLevel` did for all.
void Call::log(LogLevel level, std::string_view logger, const OrderedJson& data) {
  const bool wanted = version() == modern ? origin_.log_level && level >= *origin_.log_level
                                          : origin_.peer && level >= origin_.peer->log_level();
  if (!wanted) return;
  const OrderedJson params = {{"level", name(level)}, {"logger", logger}, {"data", data}};
  std::lock_guard lock(mutex_);
  if (!answered_)
    origin_.connection->notify(notification_line("notifications/message", dump(params)));
}

// --- asking -------------------------------------------------------------------------------------

bool Call::can_ask(const Question& question) const {
  return could_answer(question) && can_hear_questions();
}

// Some clients declare all they have to revisions that have no word for it.
bool Call::could_answer(const Question& question) const {
  const bool has_word =
      version() >= Version::v2025_06_18 || question.method != "elicitation/create";
  return origin_.peer && has_word && can_answer(client().capabilities, question);
}

// A modern client finds them in its answer or its task. An older one is sent a request, which an
// HTTP client that takes one JSON text only, and has no stream open, would never see.
bool Call::can_hear_questions() const {
  return version() == modern || origin_.peer->can_be_reached(*origin_.connection);
}

Answers Call::need(const Questions& questions, Json state) {
  Questions open;
  Answers known;
  for (const auto& [key, question] : questions) {
    const auto answer = origin_.answers.find(key);
    if (answer != origin_.answers.end() && fits(answer->second, question)) {
      known.emplace(key, answer->second);
    } else if (can_ask(question)) {
      open.emplace(key, question);
    }
  }
  if (open.empty() && !known.empty()) return known;
  if (open.empty()) {
    const Question& first = questions.begin()->second;
    if (could_answer(first)) {
      throw RpcError(code::internal_error,
                     "the client cannot be asked: its request takes no text/event-stream, and its "
                     "session has no stream open");
    }
    throw RpcError(code::missing_client_capability, "the client cannot be asked: " + first.method,
                   {{"requiredCapabilities", capability_for(first)}});
  }
  const bool rounds = version() == modern && task_id_.empty();
  if (rounds) throw NeedInput{open, earlier_answers(open), std::move(state)};
  known.merge(ask_directly(open));
  return known;
}

std::optional<Json> Call::ask_within(const Question& question, std::chrono::milliseconds time) {
  if (version() == modern || !can_ask(question)) return std::nullopt;
  const auto response =
      origin_.peer->ask(*origin_.connection, question.method, question.params, stop_token(), time);
  if (!response || !response->contains("result")) return std::nullopt;
  const Json& answer = (*response)["result"];
  return fits(answer, question) ? std::optional(answer) : std::nullopt;
}

// What the rounds before brought, without what has to be asked again.
Answers Call::earlier_answers(const Questions& open) const {
  Answers known = origin_.answers;
  for (const auto& [key, question] : open) known.erase(key);
  return known;
}

// While the call goes on: a task's owner is asked through its task, an older client by a request.
Answers Call::ask_directly(const Questions& questions) {
  Answers answers;
  if (!task_id_.empty()) return origin_.tasks->ask(task_id_, questions, stop_token());
  for (const auto& [key, question] : questions) {
    OrderedJson params = question.params;
    if (version() < Version::v2025_11_25) params.erase("mode");  // there was only the form
    if (is_url_mode(question)) params["elicitationId"] = unguessable_id();  // 2025-11-25 only
    const auto response = origin_.peer->ask(*origin_.connection, question.method, params,
                                            stop_token(), patience_for_answers);
    if (!response || !response->contains("result")) {
      throw RpcError(code::internal_error, "the client did not answer " + question.method);
    }
    answers.emplace(key, (*response)["result"]);
  }
  return answers;
}

// --- answering ----------------------------------------------------------------------------------

bool Call::can_become_task() const {
  return origin_.tasks != nullptr && origin_.offers_tasks &&
         client().has_extension(tasks_extension);
}

void Call::become_task(std::chrono::milliseconds ttl, std::string id) {
  const OrderedJson first =
      origin_.tasks->create(shared_from_this(), principal(), ttl, std::move(id));
  task_id_ = first["taskId"];
  answer(result_line(origin_.id, origin_.result_text(members_of(first), "task")));
  let_go();
}

void Call::leave(const CallToolResult& meanwhile) {
  origin_.tasks->adopt(shared_from_this());
  const std::string members = wire_members(meanwhile, version());
  answer(result_line(origin_.id, origin_.result_text(members, "complete")));
  let_go();
}

// It lives on without its request: neither its id nor its client's hanging up counts any more.
void Call::let_go() {
  left_ = true;
  if (origin_.peer) place_ = origin_.peer->leave(*this);
}

void Call::returned() {
  if (origin_.peer) origin_.peer->leave(*this);
  place_ = nullptr;
}

bool Call::claim_answer() { return !std::exchange(answered_, true); }

void Call::answer(std::string line) {
  {
    std::lock_guard lock(mutex_);
    if (claim_answer()) return origin_.connection->write(std::move(line));
  }
  if (if_undelivered_ && !left_) if_undelivered_(line);
}

void Call::answer_error(std::string line, const RpcError& error) {
  std::lock_guard lock(mutex_);
  if (claim_answer()) origin_.connection->write_error(std::move(line), error);
}

void Call::cancel() {
  {
    std::lock_guard lock(mutex_);
    answered_ = true;
  }
  stop_.request_stop();
}

}  // namespace mcp
