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
constexpr int threads_kept = 4;

}  // namespace

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
      turn_(reading_turn(options.in, wake_.ends[0])),
      input_(options.in, wake_.ends[0]),
      output_(
          std::make_shared<Output>(options.out, std::move(options.filter), [this] { stop(); })) {}

int Stdio::run() {
  peer_->listen_on(output_);
  if (!start_thread()) {
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
  stop();
  turn_->end();
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, time, [this] { return workers_.empty(); })) return false;
  lock.unlock();
  for (std::thread& thread : finished_) thread.join();
  finished_.clear();
  return true;
}

// --- threads ------------------------------------------------------------------------------------

// A thread's life: have the turn until there is a call, pass the turn on, run the call.
void Stdio::live(Workers::iterator self) {
  while (wait_for_turn()) {
    for (bool passed = false; !passed;) {
      const Work work = next_work();
      if (!work) break;
      passed = pass_turn();  // if not, this thread reads on when the call has ended
      work();
    }
    ++waiting_;
  }
  retire(self);
}

// False when this thread is not needed any more. A thread counts as waiting until it has the turn,
// and the few that are kept never leave, so whoever passes the turn on can trust the count.
bool Stdio::wait_for_turn() {
  for (;;) {
    const ReadingTurn::Wait wait = turn_->wait(idle_thread_lives);
    const int were_waiting = waiting_--;
    if (wait == ReadingTurn::Wait::turn) return true;
    if (wait == ReadingTurn::Wait::over) return input_is_over(), false;
    if (were_waiting > threads_kept) return false;
    ++waiting_;
  }
}

// Reads until there is something to run; nothing at the end of input.
Work Stdio::next_work() {
  while (works_.empty()) {
    const Input::Next next = input_.next();
    if (next == Input::Next::end) return input_is_over(), Work();
    if (next == Input::Next::too_long) {
      server_.refuse(*peer_, *output_,
                     RpcError(code::invalid_request, "a message may be at most 8 MiB long"));
      continue;
    }
    for (Work& work : server_.receive(peer_, output_, input_.line())) {
      works_.push_back(std::move(work));
    }
  }
  Work work = std::move(works_.front());
  works_.pop_front();
  return work;
}

// False, and the turn is still here, when there is no thread to take it.
bool Stdio::pass_turn() {
  if (waiting_ == 0 && !start_thread()) return false;
  turn_->pass(!works_.empty() || input_.ready());
  return true;
}

bool Stdio::start_thread() {
  std::lock_guard lock(mutex_);
  for (std::thread& thread : finished_) thread.join();
  finished_.clear();
  const auto self = workers_.emplace(workers_.end());
  try {
    ++waiting_;
    *self = std::thread([this, self] { live(self); });
    return true;
  } catch (const std::system_error&) {
    --waiting_;
    workers_.erase(self);
    return false;
  }
}

void Stdio::input_is_over() {
  std::lock_guard lock(mutex_);
  input_over_ = true;
  changed_.notify_all();
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
