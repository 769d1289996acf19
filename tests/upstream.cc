#include "tests/upstream.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace tests {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Reads until `buffer` holds a whole request; false when the peer is gone.
bool read_more(int fd, std::string& buffer) {
  char bytes[16384];
  const ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
  if (n <= 0) return false;
  buffer.append(bytes, static_cast<std::size_t>(n));
  return true;
}

UpstreamRequest parse_head(std::string_view head) {
  UpstreamRequest request;
  const std::string_view first = head.substr(0, head.find("\r\n"));
  const auto space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  for (auto at = head.find("\r\n"); at != std::string_view::npos;) {
    const auto next = head.find("\r\n", at + 2);
    const std::string_view line = head.substr(at + 2, next - at - 2);
    if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      const auto value = line.find_first_not_of(' ', colon + 1);
      request.headers.emplace_back(
          lower(std::string(line.substr(0, colon))),
          value == std::string_view::npos ? "" : std::string(line.substr(value)));
    }
    at = next;
  }
  return request;
}

}  // namespace

std::string UpstreamRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Wire::reply(int status, std::string_view content_type, std::string_view body,
                 std::string_view extra_headers) {
  return send(fmt::format("HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}",
                          status, content_type, body.size(), extra_headers, body));
}

bool Wire::begin_chunks(int status, std::string_view content_type, std::string_view extra_headers) {
  return send(
      fmt::format("HTTP/1.1 {} X\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n{}\r\n",
                  status, content_type, extra_headers));
}

bool Wire::chunk(std::string_view bytes) {
  return send(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes));
}

bool Wire::last_chunk() { return send("0\r\n\r\n"); }

bool Wire::closed_within(std::chrono::milliseconds time) {
  pollfd p{fd_, POLLIN | POLLRDHUP, 0};
  if (::poll(&p, 1, static_cast<int>(time.count())) <= 0) return false;
  char byte;
  return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

void Wire::hang_up(bool reset) {
  if (reset) {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  hung_up = true;
}

int listener_on_loopback(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 1024) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no loopback listener");
  }
  port = ntohs(address.sin_port);
  return listener;
}

Upstream::Upstream(Handler handler) : handler_(std::move(handler)) {
  listener_ = listener_on_loopback(port_);
  acceptor_ = std::thread([this] { accept_loop(); });
}

Upstream::~Upstream() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

std::string Upstream::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::vector<UpstreamRequest> Upstream::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void Upstream::accept_loop() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ++connections_;
    std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void Upstream::serve(int fd) {
  Wire wire(fd);
  std::string buffer;
  while (!wire.hung_up) {
    auto end = buffer.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (!read_more(fd, buffer)) break;
      continue;
    }
    UpstreamRequest request = parse_head(std::string_view(buffer).substr(0, end + 2));
    const std::size_t length = std::strtoul(request.header("content-length").c_str(), nullptr, 10);
    bool whole = true;
    while (whole && buffer.size() < end + 4 + length) whole = read_more(fd, buffer);
    if (!whole) break;
    request.body = buffer.substr(end + 4, length);
    buffer.erase(0, end + 4 + length);
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    handler_(request, wire);
  }
  std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

}  // namespace tests
