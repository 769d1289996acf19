#include "mcp/http/stream.h"

#include <fmt/format.h>

#include <utility>

#include "mcp/http/status.h"

namespace mcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto allowance_lasts = 10s;  // until the caller is looked at again
constexpr std::size_t most_pending = std::size_t{4} << 20;
// Of what may be dropped: more than a client that keeps up ever leaves.
constexpr std::size_t most_pending_progress = std::size_t{16} << 10;
constexpr std::string_view comment = ": still here\n\n";

}  // namespace

HttpStream::HttpStream(HttpManner manner)
    : manner_(std::move(manner)), next_check_(steady_clock::now() + allowance_lasts) {}

std::string HttpStream::filtered(std::string line) const {
  return manner_.filter ? manner_.filter(std::move(line)) : line;
}

// --- what is written ----------------------------------------------------------------------------

void HttpStream::write(std::string line) {
  line = filtered(std::move(line));
  std::lock_guard lock(mutex_);
  if (stage_ == Stage::untouched && manner_.takes_json) {
    reply_.headers = manner_.headers;
    return answer_whole(200, std::move(line));
  }
  begin_events();
  if (stage_ != Stage::streaming) return;
  add_event(line);
  stage_ = Stage::answered;
}

void HttpStream::write_error(std::string line, const RpcError& error) {
  {
    std::lock_guard lock(mutex_);
    const int status = status_of(error, manner_.is_modern);
    if (stage_ == Stage::untouched && status != 200) {
      return answer_whole(status, filtered(std::move(line)));
    }
  }
  write(std::move(line));
}

// A client that does not read what it is told is not worth all memory. It counts as gone; who must
// be told of that is told by another thread, because this one may hold what they need.
void HttpStream::notify(std::string line) {
  line = filtered(std::move(line));
  std::lock_guard lock(mutex_);
  if (!manner_.takes_events) return;
  begin_events();
  if (stage_ != Stage::streaming) return;
  add_event(line);
  if (pending_.size() < most_pending) return;
  stage_ = Stage::gone;
  pending_ = {};
}

bool HttpStream::notify_if_ready(std::string line) {
  line = filtered(std::move(line));
  std::lock_guard lock(mutex_);
  if (!manner_.takes_events) return false;
  begin_events();
  if (stage_ != Stage::streaming || pending_.size() > most_pending_progress) return false;
  add_event(line);
  return true;
}

bool HttpStream::reaches_client() {
  std::lock_guard lock(mutex_);
  return manner_.takes_events && (stage_ == Stage::untouched || stage_ == Stage::streaming);
}

void HttpStream::open() {
  std::lock_guard lock(mutex_);
  begin_events();
}

void HttpStream::end() {
  std::lock_guard lock(mutex_);
  if (stage_ == Stage::untouched) reply_.status = 202;
  if (stage_ == Stage::untouched || stage_ == Stage::streaming) stage_ = Stage::answered;
  changed_.notify_all();
}

void HttpStream::hang_up() {
  {
    std::lock_guard lock(mutex_);
    if (stage_ == Stage::answered || told_) return;
    stage_ = Stage::gone;
    told_ = true;
    pending_ = {};
    changed_.notify_all();
  }
  if (manner_.on_hang_up) manner_.on_hang_up();
}

void HttpStream::check(HttpTime now) {
  {
    std::lock_guard lock(mutex_);
    const bool is_due = manner_.is_allowed && now >= next_check_;
    if (stage_ != Stage::gone && !is_due) return;
    next_check_ = now + allowance_lasts;
  }
  const bool allowed = !manner_.is_allowed || manner_.is_allowed();
  if (!allowed || is_gone()) hang_up();
}

bool HttpStream::is_gone() {
  std::lock_guard lock(mutex_);
  return stage_ == Stage::gone;
}

// The functions below are called with the lock held.

void HttpStream::begin_events() {
  if (stage_ != Stage::untouched) return;
  stage_ = Stage::streaming;
  reply_.content_type = "text/event-stream";
  reply_.headers = manner_.headers;
  reply_.headers.emplace_back("Cache-Control", "no-cache");
  reply_.headers.emplace_back("X-Accel-Buffering", "no");
  changed_.notify_all();
}

void HttpStream::answer_whole(int status, std::string line) {
  reply_.status = status;
  reply_.content_type = "application/json";
  reply_.body = std::move(line);
  stage_ = Stage::answered;
  changed_.notify_all();
}

// Named, because some clients look only at events that are.
void HttpStream::add_event(std::string_view line) {
  pending_ += fmt::format("event: message\ndata: {}\n\n", line);
  changed_.notify_all();
}

// --- sent by the connection's thread ------------------------------------------------------------

HttpReply HttpStream::reply() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stage_ != Stage::untouched; });
  HttpReply reply = std::move(reply_);
  const bool is_stream = reply.content_type == "text/event-stream";
  if (is_stream || stage_ == Stage::gone) {
    reply.stream = [self = shared_from_this()](std::string& bytes) { return self->next(bytes); };
  }
  return reply;
}

HttpReply::Next HttpStream::next(std::string& bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, manner_.silence,
                    [this] { return stage_ != Stage::streaming || !pending_.empty(); });
  if (stage_ == Stage::gone) return HttpReply::Next::broken;
  bytes = std::exchange(pending_, {});
  if (!bytes.empty()) return HttpReply::Next::bytes;
  if (stage_ == Stage::answered) return HttpReply::Next::end;
  bytes = comment;
  return HttpReply::Next::bytes;
}

}  // namespace mcp
