#include "mcp/http/watcher.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace mcp {
namespace {

using namespace std::chrono;

constexpr milliseconds tick_time{1000};

#ifdef POLLRDHUP
constexpr short hang_up = POLLRDHUP | POLLHUP;
#else
constexpr short hang_up = POLLHUP;
#endif

}  // namespace

void HttpWatcher::start(std::function<void()> each_second) {
  each_second_ = std::move(each_second);
  next_tick_ = steady_clock::now() + tick_time;
  thread_ = std::thread([this] { run(); });
}

void HttpWatcher::stop() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.wake();
  if (thread_.joinable()) thread_.join();
}

void HttpWatcher::watch(std::shared_ptr<HttpStream> stream, int fd) {
  {
    std::lock_guard lock(mutex_);
    watched_.push_back({std::move(stream), fd, false});
  }
  wake_.wake();
}

// Without a wake: until the next one a descriptor may be polled that is closed, or another's by
// then. That wakes the thread for nothing, and a stream that is finished takes no notice.
void HttpWatcher::unwatch(const HttpStream& stream) {
  std::lock_guard lock(mutex_);
  std::erase_if(watched_, [&](const Watched& each) { return each.stream.get() == &stream; });
}

void HttpWatcher::note_hang_up(const HttpStream& stream) {
  std::lock_guard lock(mutex_);
  for (Watched& each : watched_) {
    if (each.stream.get() == &stream) each.hung_up = true;
  }
}

void HttpWatcher::run() {
  for (;;) {
    std::vector<Watched> watched;
    {
      std::lock_guard lock(mutex_);
      if (ending_) return;
      watched = watched_;
    }
    if (!watch_once(watched)) return;
    if (steady_clock::now() >= next_tick_) tick(watched);
  }
}

bool HttpWatcher::watch_once(const std::vector<Watched>& watched) {
  std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}};
  for (const Watched& each : watched) {
    polled.push_back({each.hung_up ? -1 : each.fd, hang_up, 0});  // poll skips a negative one
  }
  const milliseconds time =
      std::max(milliseconds(0), ceil<milliseconds>(next_tick_ - steady_clock::now()));
  const int ready =
      ::poll(polled.data(), static_cast<nfds_t>(polled.size()), static_cast<int>(time.count()));
  if (ready < 0) return errno == EINTR;
  if (polled[0].revents != 0) wake_.reset();
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (polled[i + 1].revents == 0) continue;
    watched[i].stream->hang_up();
    note_hang_up(*watched[i].stream);
  }
  return true;
}

void HttpWatcher::tick(const std::vector<Watched>& watched) {
  const HttpTime now = steady_clock::now();
  next_tick_ = now + tick_time;
  for (const Watched& each : watched) each.stream->check(now);
  if (each_second_) each_second_();
}

}  // namespace mcp
