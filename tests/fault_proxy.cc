#include "tests/fault_proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "tests/upstream.h"

namespace tests {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool send_in_pieces(int fd, std::string_view bytes, const Fault& fault) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(fault.piece, bytes.size());
    if (!send_all(fd, bytes.substr(0, size))) return false;
    bytes.remove_prefix(size);
    std::this_thread::sleep_for(fault.pause);
  }
  return true;
}

}  // namespace

FaultProxy::FaultProxy(int upstream_port, std::function<Fault(std::size_t)> fault_of)
    : upstream_port_(upstream_port), fault_of_(std::move(fault_of)) {
  listener_ = listener_on_loopback(port_);
  acceptor_ = std::thread([this] { accept_loop(); });
}

FaultProxy::~FaultProxy() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

std::string FaultProxy::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

void FaultProxy::accept_loop() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    send_at_once(client);
    threads_.emplace_back(
        [this, client, fault = fault_of_(connections_++)] { serve(client, fault); });
  }
}

bool FaultProxy::pass(int from, int to, std::size_t& left, const Fault& fault, bool answering) {
  char bytes[4096];
  const std::size_t most = std::min(left, sizeof bytes);
  const ssize_t n = ::recv(from, bytes, most, 0);
  if (n <= 0) return false;
  if (left != Fault::never) left -= static_cast<std::size_t>(n);
  const std::string_view got(bytes, static_cast<std::size_t>(n));
  return answering && fault.piece > 0 ? send_in_pieces(to, got, fault) : send_all(to, got);
}

void FaultProxy::break_off(int client, const Fault& fault) {
  send_all(client, fault.instead);
  if (fault.how == Fault::How::reset) {
    const linger now{1, 0};
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  while (fault.how == Fault::How::stall && !ending_) {
    pollfd gone{client, POLLRDHUP, 0};
    if (::poll(&gone, 1, 20) > 0) break;
  }
}

void FaultProxy::serve(int client, const Fault& fault) {
  const int upstream = connected(upstream_port_);
  if (upstream >= 0) send_at_once(upstream);
  std::size_t request_left = fault.after_request;
  std::size_t response_left = fault.after_response;
  bool open = upstream >= 0;
  while (open && !ending_) {
    if (request_left == 0 || response_left == 0) {
      break_off(client, fault);
      break;
    }
    pollfd both[] = {{client, POLLIN, 0}, {upstream, POLLIN, 0}};
    if (::poll(both, 2, 20) <= 0) continue;
    if (both[1].revents != 0) open = pass(upstream, client, response_left, fault, true);
    if (open && both[0].revents != 0) open = pass(client, upstream, request_left, fault, false);
  }
  if (upstream >= 0) ::close(upstream);
  ::close(client);
}

}  // namespace tests
