#include "tools/sandbox/sandbox_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace tools {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds idle_connection{60'000};
constexpr std::size_t largest_body = std::size_t{32} << 20;
constexpr int backlog = 1024;

#ifdef POLLRDHUP
constexpr short hang_up = POLLRDHUP;
#else
constexpr short hang_up = 0;   // POLLHUP is reported unasked
#endif

#ifdef MSG_NOSIGNAL
constexpr int send_flags = MSG_NOSIGNAL;
#else
constexpr int send_flags = 0;  // the program ignores SIGPIPE
#endif

// What a system call returned, once no signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// Waits for `events`, or for the end of the connection; 0 when the time is over.
short poll_one(int fd, short events, milliseconds time) {
  pollfd polled{fd, events, 0};
  const int ready =
      uninterrupted([&] { return ::poll(&polled, 1, static_cast<int>(time.count())); });
  return ready > 0 ? polled.revents : short{0};
}

// A connection as the HTTP library wants it. The library's own stream cannot be woken from outside
// and notices a hang-up only when asked; this one waits in poll, where a closed socket ends it at
// once.
class Connection : public httplib::Stream {
 public:
  explicit Connection(int fd) : fd_(fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }
  ~Connection() override { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the next request; false when none will come.
  bool next_request() { return begin_ < end_ || poll_one(fd_, POLLIN, idle_connection) != 0; }

  // False as soon as the client has hung up, or the socket was shut down from this side.
  bool stays_open(milliseconds time) const { return poll_one(fd_, hang_up, time) == 0; }

  bool is_readable() const override { return begin_ < end_ || poll_one(fd_, POLLIN, {}) != 0; }
  bool is_writable() const override { return stays_open({}); }

  ssize_t read(char* bytes, size_t size) override {
    if (begin_ == end_) {
      const ssize_t received =
          uninterrupted([&] { return ::recv(fd_, buffer_.data(), buffer_.size(), 0); });
      if (received <= 0) return received;
      begin_ = 0;
      end_ = static_cast<std::size_t>(received);
    }
    const std::size_t count = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, count, bytes);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* bytes, size_t size) override {
    const ssize_t sent = uninterrupted([&] { return ::send(fd_, bytes, size, send_flags); });
    return sent > 0 || size == 0 ? sent : -1;
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = "127.0.0.1";
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    get_remote_ip_and_port(ip, port);
  }
  // The library asks only to see whether `select` could take it, which is never used here.
  socket_t socket() const override { return 0; }

 private:
  int fd_;
  std::array<char, 8192> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// The connection that this thread serves: the library hands a handler its request, not its stream.
thread_local const Connection* served_here = nullptr;

class Stream : public SandboxStream {
 public:
  Stream(httplib::DataSink& sink, const Connection& connection)
      : sink_(sink), connection_(connection) {}

  bool send(std::string_view bytes) override {
    return bytes.empty() || sink_.write(bytes.data(), bytes.size());
  }
  bool wait(milliseconds time) override { return connection_.stays_open(time); }

 private:
  httplib::DataSink& sink_;
  const Connection& connection_;
};

// A thread for each connection: the library's pool would let eight slow streams starve the ninth.
class ThreadPerConnection : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override {
    workers_.remove_if([](Worker& worker) { return worker.joined_if_done(); });
    Worker& worker = workers_.emplace_back();
    try {
      worker.thread = std::thread([&worker, serve] {
        serve();
        worker.done = true;
      });
    } catch (const std::system_error&) {
      serve();  // no thread to be had: one connection at a time is better than none
    }
  }

  void shutdown() override {
    for (Worker& worker : workers_) {
      if (worker.thread.joinable()) worker.thread.join();
    }
    workers_.clear();
  }

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> done = false;

    bool joined_if_done() {
      if (done) thread.join();
      return !thread.joinable();
    }
  };

  std::list<Worker> workers_;  // touched by the accepting thread only
};

// The sockets in use, so that all of them can be shut down at the end.
class OpenSockets {
 public:
  // False when it is too late for a new one.
  bool enter(int fd) {
    std::lock_guard lock(mutex_);
    if (!closing_) open_.insert(fd);
    return !closing_;
  }
  void leave(int fd) {
    std::lock_guard lock(mutex_);
    open_.erase(fd);
  }
  void shut_down() {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }

 private:
  std::mutex mutex_;
  std::set<int> open_;
  bool closing_ = false;
};

class HttpServer : public httplib::Server {
 public:
  explicit HttpServer(OpenSockets& sockets) : sockets_(sockets) {}

 private:
  // In place of the library's own, which lets an idle connection hold up the end for seconds.
  bool process_and_close_socket(socket_t fd) override {
    Connection connection(fd);
    if (!sockets_.enter(fd)) return false;
    served_here = &connection;
    bool closed = false;
    while (!closed && connection.next_request()) {
      if (!process_request(connection, false, closed, nullptr)) break;
    }
    served_here = nullptr;
    sockets_.leave(fd);
    return true;
  }

  OpenSockets& sockets_;
};

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The library's request is only read, never copied or made: its size depends on how the library was
// built.
SandboxRequest from_http(const httplib::Request& http, const std::string& origin) {
  SandboxRequest request;
  request.method = http.method;
  request.path = http.path;
  request.origin = origin;
  request.body = http.body;
  for (const auto& [name, value] : http.headers)
    request.headers.emplace_back(lower_case(name), value);
  for (const auto& [name, value] : http.params) request.query.emplace_back(name, value);
  return request;
}

void to_http(SandboxReply reply, httplib::Response& http) {
  http.status = reply.status;
  for (const auto& [name, value] : reply.headers) http.headers.emplace(name, value);
  if (!reply.stream) {
    http.set_content(reply.body, reply.content_type);
    return;
  }
  http.set_chunked_content_provider(
      reply.content_type, [write = std::move(reply.stream)](size_t, httplib::DataSink& sink) {
        Stream stream(sink, *served_here);
        if (!write(stream)) return false;
        sink.done();
        return true;
      });
}

std::string_view first_of(const std::vector<std::pair<std::string, std::string>>& pairs,
                          std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string_view() : found->second;
}

}  // namespace

std::string_view SandboxRequest::header(std::string_view lower_case_name) const {
  return first_of(headers, lower_case_name);
}

std::string_view SandboxRequest::parameter(std::string_view name) const {
  return first_of(query, name);
}

std::string json_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

SandboxReply json_reply(int status, const nlohmann::json& body) {
  SandboxReply reply;
  reply.status = status;
  reply.body = json_text(body);
  return reply;
}

struct SandboxServer::State {
  State() : http(sockets) {}

  void open(Handler handler);
  void close();

  OpenSockets sockets;
  HttpServer http;
  std::string origin;
  std::thread acceptor;
  std::atomic<bool> accepted = false;  // the acceptor has come to its end
};

void SandboxServer::State::open(Handler handler) {
  int listener = -1;
  http.set_socket_options([&listener](socket_t fd) { listener = fd; });
  http.set_tcp_nodelay(true);
  http.set_payload_max_length(largest_body);
  http.set_keep_alive_max_count(1'000'000);
  http.set_keep_alive_timeout(idle_connection.count() / 1000);
  http.new_task_queue = [] { return new ThreadPerConnection; };
  const int port = http.bind_to_any_port("127.0.0.1", AI_NUMERICHOST);
  if (port <= 0) throw std::runtime_error("the sandbox found no free port on 127.0.0.1");
  ::listen(listener, backlog);  // again: the library's backlog of 5 drops connections of a burst
  origin = fmt::format("http://127.0.0.1:{}", port);
  const auto serve = [this, handler = std::move(handler)](const httplib::Request& request,
                                                          httplib::Response& response) {
    to_http(handler(from_http(request, origin)), response);
  };
  http.Get(".*", serve);
  http.Post(".*", serve);
  acceptor = std::thread([this] {
    http.listen_after_bind();
    accepted = true;
  });
}

void SandboxServer::State::close() {
  sockets.shut_down();
  // Stopping does nothing before the acceptor is at work.
  while (!http.is_running() && !accepted)
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  http.stop();
  acceptor.join();
}

SandboxServer::SandboxServer(Handler handler) : state_(std::make_unique<State>()) {
  state_->open(std::move(handler));
}

SandboxServer::~SandboxServer() { state_->close(); }

std::string SandboxServer::origin() const { return state_->origin; }

}  // namespace tools
