#include "mcp/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace mcp {
namespace {

using namespace std::chrono_literals;

constexpr auto lookups_may_take = 1000ms;
constexpr auto cancelled_calls_may_take = 500ms;
constexpr auto flushing_may_take = 200ms;
constexpr auto idle_thread_lives = 30s;
constexpr std::size_t threads_kept = 4;

}  // namespace

// A thread that waits for its turn. Shared, so that it can be called without the lock: whoever is
// woken under it only runs into it.
struct Stdio::Follower {
  std::condition_variable called;
  bool is_called = false;
  Work work;  // empty: to read
};

Stdio::WakePipe::WakePipe() {
  if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
}

Stdio::WakePipe::~WakePipe() {
  for (int end : ends) ::close(end);
}

Stdio::Stdio(Server& server, StdioOptions options)
    : server_(server),
      input_(options.in, wake_.ends[0]),
      output_(
          std::make_shared<Output>(options.out, std::move(options.filter), [this] { stop(); })) {}

int Stdio::run() {
  peer_->listen_on(output_);
  Work reading;
  if (!start_thread(reading)) {
    throw std::system_error(EAGAIN, std::generic_category(), "no thread to be had");
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return input_over_; });
  }
  settle();
  return output_->broken() ? 1 : 0;
}

void Stdio::stop() {
  const char byte = 0;
  // A full pipe has woken the reader already.
  if (::write(wake_.ends[1], &byte, 1) < 0) return;
}

// What is in flight at the end of input: lookups may finish, what costs money is stopped.
void Stdio::settle() {
  peer_->cancel(Peer::Which::paid);
  if (!peer_->idle_within(lookups_may_take)) peer_->cancel(Peer::Which::all);
  server_.stop_tasks();
  server_.end_subscriptions();
  peer_->idle_within(cancelled_calls_may_take);
  if (!output_->broken()) output_->flushed_within(flushing_may_take);
  // A call that hears no stop must not keep the program: its socket dies with it.
  if (!dismissed_within(cancelled_calls_may_take)) std::_Exit(output_->broken() ? 1 : 0);
}

bool Stdio::dismissed_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  dismissed_ = true;
  for (const auto& follower : followers_) follower->called.notify_one();
  if (!changed_.wait_for(lock, time, [this] { return workers_.empty(); })) return false;
  lock.unlock();
  for (Worker& worker : finished_) worker.thread.join();
  finished_.clear();
  return true;
}

// --- threads ------------------------------------------------------------------------------------

// A thread's life: read until there is a call, let another read, run the call, wait for a turn.
void Stdio::live(Workers::iterator self, Work work) {
  const std::shared_ptr<Follower> me = self->follower;
  do {
    if (!work) work = read_until_work();
    if (!work) break;  // the input is over
    std::exchange(work, {})();
  } while (follow(me, work));
  retire(self);
}

// Returns a call for this thread to run, with the reading handed on; nothing at the end of input.
Work Stdio::read_until_work() {
  for (;;) {
    const Input::Next next = input_.next();
    if (next == Input::Next::end) {
      std::lock_guard lock(mutex_);
      input_over_ = true;
      changed_.notify_all();
      return {};
    }
    if (next == Input::Next::too_long) {
      server_.refuse(*peer_, *output_,
                     RpcError(code::invalid_request, "a message may be at most 8 MiB long"));
      continue;
    }
    std::vector<Work> works = server_.receive(peer_, output_, input_.line());
    if (works.empty()) continue;
    for (std::size_t i = 1; i < works.size(); ++i) {
      if (!hand_over(works[i])) std::exchange(works[i], {})();
    }
    Work reading;
    if (hand_over(reading)) return std::move(works.front());
    // No thread to be had: this one reads on when the call has ended.
    std::exchange(works.front(), {})();
  }
}

// Gives work, or the reading when it is empty, to a follower, or to a new thread if there is none.
// False, and the work is still there, when the system gives no thread.
bool Stdio::hand_over(Work& work) {
  std::unique_lock lock(mutex_);
  if (followers_.empty()) {
    lock.unlock();
    return start_thread(work);
  }
  const std::shared_ptr<Follower> follower = std::move(followers_.back());
  followers_.pop_back();
  follower->work = std::move(work);
  follower->is_called = true;
  lock.unlock();
  follower->called.notify_one();
  return true;
}

// Waits for a turn; false when this thread is not needed any more.
bool Stdio::follow(const std::shared_ptr<Follower>& me, Work& work) {
  std::unique_lock lock(mutex_);
  followers_.push_back(me);
  const auto has_turn = [&] { return me->is_called || dismissed_; };
  while (!me->called.wait_for(lock, idle_thread_lives, has_turn)) {
    if (followers_.size() > threads_kept) break;
  }
  if (!me->is_called) std::erase(followers_, me);
  work = std::move(me->work);
  return std::exchange(me->is_called, false);
}

bool Stdio::start_thread(Work& first) {
  std::lock_guard lock(mutex_);
  for (Worker& worker : finished_) worker.thread.join();
  finished_.clear();
  const auto self = workers_.insert(workers_.end(), Worker{{}, std::make_shared<Follower>()});
  const auto work = std::make_shared<Work>(std::move(first));
  try {
    self->thread = std::thread([this, self, work] { live(self, std::exchange(*work, {})); });
    return true;
  } catch (const std::system_error&) {
    workers_.erase(self);
    first = std::move(*work);
    return false;
  }
}

void Stdio::retire(Workers::iterator self) {
  std::lock_guard lock(mutex_);
  finished_.splice(finished_.end(), workers_, self);
  changed_.notify_all();
}

int take_stdout() {
  std::fflush(stdout);
  const int protocol = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
  if (protocol < 0) throw std::system_error(errno, std::generic_category(), "stdout");
  ::dup2(2, 1);
  return protocol;
}

}  // namespace mcp
