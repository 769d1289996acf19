#include "tests/tools/sandbox_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "catalog/event_stream.h"

namespace tests {

using nlohmann::json;

catalog::Response SandboxClient::get(const std::string& path, bool with_key) {
  catalog::Exchange exchange;
  exchange.url = origin() + path;
  if (with_key) exchange.credential = &settings_.credential;
  return transfers_.perform(exchange, {});
}

catalog::Response SandboxClient::post(const std::string& path, const std::string& body,
                                      std::vector<std::string> headers, bool with_key) {
  catalog::Exchange exchange;
  exchange.method = "POST";
  exchange.url = origin() + path;
  exchange.headers = std::move(headers);
  exchange.headers.emplace_back("Content-Type: application/json");
  exchange.body = body;
  if (with_key) exchange.credential = &settings_.credential;
  return transfers_.perform(exchange, {});
}

catalog::Response SandboxClient::chat(std::string_view model, std::string_view prompt,
                                      const json& more) {
  json body = {{"model", model},
               {"messages", json::array({{{"role", "user"}, {"content", prompt}}})}};
  body.update(more);
  return post("/api/v1/chat/completions", body.dump());
}

catalog::Exchange SandboxClient::streamed_chat(std::string_view model,
                                               std::string_view prompt) const {
  catalog::Exchange exchange;
  exchange.method = "POST";
  exchange.url = origin() + "/api/v1/chat/completions";
  exchange.headers = {"Content-Type: application/json"};
  exchange.body = json{{"model", model}, {"prompt", prompt}, {"stream", true}}.dump();
  exchange.credential = &settings_.credential;
  return exchange;
}

std::vector<json> events(std::string_view body) {
  std::vector<json> all;
  catalog::EventStream stream([&](std::string_view data) {
    if (data != "[DONE]") all.push_back(json::parse(data, nullptr, false));
    return true;
  });
  stream.feed(body);
  return all;
}

RawSocket::RawSocket(const std::string& origin) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(
      std::strtoul(origin.c_str() + origin.rfind(':') + 1, nullptr, 10)));
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    throw std::runtime_error("the sandbox does not listen");
  }
}

RawSocket::~RawSocket() { ::close(fd_); }

void RawSocket::send(std::string_view bytes) {
  if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error("the sandbox does not read");
  }
}

std::string RawSocket::read_until(std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  std::string all;
  char bytes[4096];
  while (all.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    pollfd readable{fd_, POLLIN, 0};
    if (::poll(&readable, 1, 100) <= 0) continue;
    const ssize_t received = ::recv(fd_, bytes, sizeof bytes, 0);
    if (received <= 0) break;
    all.append(bytes, static_cast<std::size_t>(received));
  }
  return all;
}

}  // namespace tests
