#include "tools/long_call.h"

#include "catalog/errors.h"
#include "tools/long_text.h"

namespace tools {
namespace {

using namespace std::chrono_literals;

constexpr auto protocol_task_kept = 1h;  // after its end, in memory; the book keeps it longer
constexpr std::size_t most_text = 1024 * 1024;  // of a partial answer
constexpr auto book_is_left_alone = 10s;        // once it could not be written

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

}  // namespace

LongCall::LongCall(TaskBook& book, mcp::Call& call, std::string target,
                   std::chrono::seconds patience)
    : book_(book),
      call_(call),
      progress_(call),
      target_(std::move(target)),
      until_(call.received + patience) {}

std::function<void()> LongCall::stopper() {
  return [call = call_.shared_from_this(), cancelled = cancelled_] {
    *cancelled = true;
    call->cancel();
  };
}

bool LongCall::take_over(const catalog::StoredTask& task) {
  if (!book_.take_over(task, stopper())) return false;
  id_ = task.id;
  remote_ = task.remote;
  taken_ = task;
  return kept_ = true;
}

void LongCall::put_back() {
  if (!taken_) return;
  const auto result = mcp::OrderedJson::parse(taken_->result, nullptr, false);
  book_.end(id_, taken_->status, taken_->text, result.is_discarded() ? nullptr : result);
}

catalog::Listener LongCall::listener() {
  catalog::Listener told = progress_.listener();
  if (!book_.can_keep()) return told;
  told.on_task = [this](const catalog::AgentTask& task) { begun(task); };
  if (!call_.can_leave()) return told;
  return {[this, told](std::string_view piece) {
            if (text_.size() < most_text) text_ += piece;
            told.text(piece);
            if (++pieces_ % 32 == 0) look_up();  // reading the clock for each would be felt
          },
          [this, told](std::string_view what) {
            told.alive(what);
            look_up();
          },
          told.on_task};
}

// A job is entered at once: nothing can stop it, and whoever asks may have what was paid for.
void LongCall::begun(const catalog::AgentTask& task) {
  remote_ = to_text(task);
  job_ = task.is_job();
  if (kept_) return book_.remember(id_, remote_);
  if (!job_) return;
  try {
    keep("working", remote_);
  } catch (const catalog::UpstreamError&) {
    // A full disk: the job is waited for all the same.
  }
}

catalog::Patience LongCall::patience() {
  catalog::Patience patience;
  patience.leaves_task = [this] { return call_.has_left() && !cancelled_->load(); };
  return patience;
}

// Called whenever something is heard, and several times a second while nothing is. A state file
// that is locked, or a full disk, must not stop what is being paid for: it is waited for all the
// same.
void LongCall::look_up() {
  const bool left = call_.has_left();
  if (Clock::now() < (left ? look_again_ : std::max(until_, look_again_))) return;
  try {
    if (left) {
      follow_book();
    } else {
      leave();
    }
  } catch (const catalog::UpstreamError&) {
    look_again_ = Clock::now() + book_is_left_alone;
  }
}

void LongCall::follow_book() {
  book_.heard(id_, text_);
  if (!book_.cancel_requested(id_)) return;
  *cancelled_ = true;
  call_.cancel();
}

void LongCall::leave() {
  keep("working", remote_);
  book_.heard(id_, text_);
  if (call_.can_become_task()) return call_.become_task(protocol_task_kept, id_);
  Reply<AnswerResult> meanwhile = working_reply(id_, text_, since(call_.received));
  call_.leave({std::move(meanwhile.text), mcp::encode(meanwhile.structured), false, {}});
}

// Enters the task, once.
void LongCall::keep(const std::string& status, const std::string& remote) {
  if (kept_) return;
  if (id_.empty()) id_ = random_id();
  catalog::StoredTask task;
  task.id = id_;
  task.principal = call_.principal();
  task.target = target_;
  task.status = status;
  task.remote = remote;
  book_.begin(std::move(task), stopper());
  kept_ = true;
}

Reply<AnswerResult> LongCall::ended(Reply<AnswerResult> reply,
                                    const std::optional<catalog::AgentTask>& task) {
  if (task) remote_ = to_text(*task);
  const bool on_hold = reply.structured.status != "completed";
  if (on_hold && book_.can_keep()) keep(reply.structured.status, remote_);
  if (!kept_) return reply;
  if (on_hold) {
    reply.structured.task_id = id_;
    reply.text += "\n[task_id " + id_ + "]";
    book_.remember(id_, remote_);
  }
  over(reply.structured.status, reply.text, mcp::encode(reply.structured));
  return reply;
}

void LongCall::over(const std::string& status, const std::string& text,
                    const mcp::OrderedJson& result) {
  if (kept_) book_.end(id_, status, text, result);
}

void LongCall::failed(const std::string& status, const std::string& text) {
  over(status, text, nullptr);
}

void LongCall::stopped() {
  const bool goes_on = !cancelled_->load() && (job_ || (call_.has_left() && !remote_.empty()));
  if (goes_on) return book_.let_go(id_);
  if (job_) {
    return failed("canceled", "canceled: nobody waits for it any more; it is made and billed");
  }
  const bool meant = cancelled_->load() || !call_.has_left();
  failed(meant ? "canceled" : "failed",
         with_what_arrived(meant ? "canceled: the stream was closed" : interrupted, text_));
}

void LongCall::stopped_following() {
  if (!cancelled_->load()) return put_back();
  failed("canceled", "canceled");
}

}  // namespace tools
