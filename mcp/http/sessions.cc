#include "mcp/http/sessions.h"

#include <algorithm>
#include <vector>

#include "mcp/request_state.h"

namespace mcp {
namespace {

using std::chrono::steady_clock;

}  // namespace

void HttpSession::listen_on(const std::shared_ptr<HttpStream>& stream) {
  std::shared_ptr<HttpStream> old;
  {
    std::lock_guard lock(mutex_);
    old = stream_.lock();
    stream_ = stream;
  }
  if (old) old->end();
  peer->listen_on(stream);
}

void HttpSession::end() {
  peer->cancel(Peer::Which::all);
  listen_on(nullptr);
}

HttpSessions::Use HttpSessions::make(std::shared_ptr<Peer> peer) {
  return std::make_shared<HttpSession>(unguessable_id(), std::move(peer));
}

// Its own count keeps a session from expiring, and its end is when it was used last.
HttpSessions::Use HttpSessions::in_use(const Use& session) {
  return Use(session.get(),
             [session](HttpSession* used) { used->last_used_ = steady_clock::now(); });
}

bool HttpSessions::add(const Use& session) {
  Use oldest;
  {
    std::lock_guard lock(mutex_);
    if (sessions_.size() >= most_) {
      for (const auto& [id, each] : sessions_) {
        const bool idle = each.use_count() == (each == oldest ? 2 : 1);
        if (idle && (!oldest || each->last_used_.load() < oldest->last_used_.load())) oldest = each;
      }
      if (!oldest) return false;
      sessions_.erase(oldest->id);
    }
    sessions_.emplace(session->id, session);
  }
  if (oldest) oldest->end();
  return true;
}

HttpSessions::Use HttpSessions::find(const std::string& id, const std::string& principal) {
  std::lock_guard lock(mutex_);
  const auto at = sessions_.find(id);
  if (at == sessions_.end() || at->second->peer->principal != principal) return nullptr;
  return in_use(at->second);
}

void HttpSessions::end(const std::string& id) {
  Use ended;
  {
    std::lock_guard lock(mutex_);
    const auto at = sessions_.find(id);
    if (at == sessions_.end()) return;
    ended = std::move(at->second);
    sessions_.erase(at);
  }
  ended->end();
}

void HttpSessions::expire() {
  const HttpTime now = steady_clock::now();
  std::vector<Use> expired;
  {
    std::lock_guard lock(mutex_);
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      const bool idle = at->second.use_count() == 1;
      const bool over = idle && now - at->second->last_used_.load() > idle_time_;
      if (over) expired.push_back(at->second);
      at = over ? sessions_.erase(at) : std::next(at);
    }
  }
  for (const Use& session : expired) session->end();
}

void HttpSessions::end_streams() {
  std::vector<Use> all;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, session] : sessions_) all.push_back(session);
  }
  for (const Use& session : all) session->listen_on(nullptr);
}

std::size_t HttpSessions::count() const {
  std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace mcp
