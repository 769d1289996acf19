#include "mcp/http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace mcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr int backlog = 1024;
constexpr auto without_descriptors = 50ms;  // until accepting is tried again
constexpr auto turned_away_stays = 500ms;
constexpr std::size_t most_turned_away = 64;

constexpr std::string_view no_room =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Retry-After: 1\r\n"
    "Content-Length: 0\r\n"
    "Connection: close\r\n\r\n";

[[noreturn]] void fail(const HttpAddress& address, const std::string& why) {
  throw std::runtime_error(
      fmt::format("cannot listen on {}:{}: {}", address.host, address.port, why));
}

std::unique_ptr<addrinfo, void (*)(addrinfo*)> resolved(const HttpAddress& address) {
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    fail(address, ::gai_strerror(error));
  }
  return {found, ::freeaddrinfo};
}

int listen_on(const HttpAddress& address) {
  const auto at = resolved(address);
  const int fd = ::socket(at->ai_family, at->ai_socktype, at->ai_protocol);
  if (fd < 0) fail(address, std::strerror(errno));
  const int on = 1;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, at->ai_addr, at->ai_addrlen) != 0 || ::listen(fd, backlog) != 0) {
    const int error = errno;
    ::close(fd);
    fail(address, std::strerror(error));
  }
  return fd;
}

std::string host_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return text;
}

int port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// The connection stays queued, and polling again at once would spin.
bool lacks_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

HttpListener::HttpListener(const HttpAddress& address, std::size_t most_connections)
    : most_connections_(most_connections),
      listener_(listen_on(address)),
      port_(port_of(listener_)) {}

HttpListener::~HttpListener() {
  stop();
  ::close(listener_);
}

void HttpListener::start(Serve serve) {
  serve_ = std::move(serve);
  acceptor_ = std::thread([this] { accept_all(); });
}

void HttpListener::stop() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    for (const Socket& socket : open_) socket->shut_down();
  }
  wake_.wake();
  if (acceptor_.joinable()) acceptor_.join();
  threads_.join();
}

void HttpListener::accept_all() {
  for (;;) {
    pollfd polled[] = {{wake_.fd(), POLLIN, 0}, {listener_, POLLIN, 0}};
    const int time = turned_away_.empty() ? -1 : static_cast<int>((turned_away_stays / 5).count());
    if (::poll(polled, 2, time) < 0 && errno != EINTR) return;
    if (polled[0].revents != 0) return;
    if (polled[1].revents != 0) accept_one();
    close_turned_away();
  }
}

void HttpListener::accept_one() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd = ::accept(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  if (fd < 0) {
    if (lacks_descriptors(errno)) std::this_thread::sleep_for(without_descriptors);
    return;
  }
  const auto socket = std::make_shared<HttpSocket>(fd, host_of(address));
  if (!enter(socket)) return turn_away(socket);
  const bool served = threads_.start([this, socket] {
    serve_(*socket);
    leave(socket);
  });
  if (served) return;
  leave(socket);
  turn_away(socket);
}

bool HttpListener::enter(const Socket& socket) {
  std::lock_guard lock(mutex_);
  if (ending_ || open_.size() >= most_connections_) return false;
  open_.insert(socket);
  return true;
}

void HttpListener::leave(const Socket& socket) {
  std::lock_guard lock(mutex_);
  open_.erase(socket);
}

// Without a thread and without reading.
void HttpListener::turn_away(const Socket& socket) {
  socket->send_some(no_room);
  if (turned_away_.size() >= most_turned_away) turned_away_.pop_front();
  turned_away_.emplace_back(steady_clock::now() + turned_away_stays, socket);
}

void HttpListener::close_turned_away() {
  const HttpTime now = steady_clock::now();
  while (!turned_away_.empty() && turned_away_.front().first <= now) turned_away_.pop_front();
}

}  // namespace mcp
