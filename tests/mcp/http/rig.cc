#include "tests/mcp/http/rig.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace tests {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr const char* modern_version = "2026-07-28";

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return ::tolower(c); });
  return text;
}

int port_in(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  return colon == std::string::npos ? 0 : std::atoi(url.c_str() + colon + 1);
}

mcp::Tool tool(std::string name, decltype(mcp::Tool::run) run) {
  mcp::Tool made;
  made.name = std::move(name);
  made.description = "For tests.";
  made.input_schema = {{"type", "object"}};
  made.run = std::move(run);
  return made;
}

mcp::CallToolResult say(std::string text) { return {std::move(text), nullptr, false}; }

mcp::CallToolResult wait_for_release(mcp::Call& call, Seen& seen) {
  ++seen.started;
  while (!call.stop_token().stop_requested() && !seen.release) {
    std::this_thread::sleep_for(Milliseconds(1));
  }
  ++(call.stop_token().stop_requested() ? seen.cancelled : seen.finished);
  return say("waited");
}

mcp::Question name_question() {
  mcp::Question question;
  question.method = "elicitation/create";
  question.params = {
      {"message", "Your name?"},
      {"requestedSchema", {{"type", "object"}, {"properties", {{"name", {{"type", "string"}}}}}}}};
  return question;
}

}  // namespace

int HttpAnswer::error_code() const {
  const nlohmann::json message = json();
  if (!message.is_object() || !message.contains("error")) return 0;
  return message["error"].value("code", 0);
}

// --- the client ---------------------------------------------------------------------------------

HttpClient::HttpClient(int port) : fd_(connect_to(port)) {}

HttpClient::~HttpClient() { hang_up(); }

void HttpClient::hang_up() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void HttpClient::half_close() { ::shutdown(fd_, SHUT_WR); }

void HttpClient::take_little() {
  const int small = 4096;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpClient::fill(steady_clock::time_point until) {
  const auto left = std::chrono::ceil<Milliseconds>(until - steady_clock::now()).count();
  pollfd polled{fd_, POLLIN, 0};
  if (left < 0 || ::poll(&polled, 1, static_cast<int>(left)) <= 0) return false;
  char bytes[16 * 1024];
  const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
  closed_ = count <= 0;
  if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

std::optional<std::string> HttpClient::take_until(std::string_view end,
                                                  steady_clock::time_point until) {
  std::size_t at;
  while ((at = buffer_.find(end)) == std::string::npos) {
    if (!fill(until)) return std::nullopt;
  }
  std::string taken = buffer_.substr(0, at);
  buffer_.erase(0, at + end.size());
  return taken;
}

HttpAnswer HttpClient::head(Milliseconds time) {
  HttpAnswer answer;
  stream_ended_ = false;
  auto text = take_until("\r\n\r\n", steady_clock::now() + time);
  if (!text || text->rfind("HTTP/1.1 ", 0) != 0) return answer;
  answer.status = std::atoi(text->c_str() + 9);
  *text += "\r\n";
  for (std::size_t at = text->find("\r\n") + 2; at < text->size();) {
    const std::size_t end = text->find("\r\n", at);
    const std::size_t colon = text->find(": ", at);
    answer.headers[lower(text->substr(at, colon - at))] = text->substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  return answer;
}

// The next chunk of a chunked body; nothing at its end.
std::optional<std::string> HttpClient::chunk(steady_clock::time_point until) {
  const auto line = take_until("\r\n", until);
  if (!line) return std::nullopt;
  const std::size_t size = std::stoul(*line, nullptr, 16);
  while (buffer_.size() < size + 2) {
    if (!fill(until)) return std::nullopt;
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, size + 2);
  if (size == 0) stream_ended_ = true;
  return size == 0 ? std::nullopt : std::optional(bytes);
}

HttpAnswer HttpClient::answer(Milliseconds time) {
  const auto until = steady_clock::now() + time;
  HttpAnswer answer = head(time);
  if (answer.status == 100) answer = head(time);
  if (answer.headers.count("transfer-encoding") != 0) {
    while (const auto bytes = chunk(until)) answer.body += *bytes;
    return answer;
  }
  const auto length = answer.headers.find("content-length");
  const std::size_t size = length == answer.headers.end() ? 0 : std::stoul(length->second);
  while (buffer_.size() < size && fill(until)) {
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

json HttpClient::event(Milliseconds time) {
  const auto until = steady_clock::now() + time;
  for (;;) {
    const std::size_t end = events_.find("\n\n");
    if (end != std::string::npos) {
      const std::string event = events_.substr(0, end);
      events_.erase(0, end + 2);
      const std::size_t data = event.find("data: ");
      if (data == std::string::npos) continue;  // a comment
      return json::parse(event.substr(data + 6), nullptr, false);
    }
    const auto bytes = chunk(until);
    if (!bytes) return nullptr;
    events_ += *bytes;
  }
}

bool HttpClient::closed_within(Milliseconds time) {
  const auto until = steady_clock::now() + time;
  while (!closed_ && steady_clock::now() < until) {
    fill(until);
  }
  return closed_;
}

// --- the server ---------------------------------------------------------------------------------

mcp::Features HttpRig::features() {
  mcp::Features features;
  features.tasks = true;
  features.lists_change = true;
  features.resources_change = true;
  features.tools.push_back(tool("echo", [](mcp::Call& call, const mcp::Json& arguments) {
    return say(call.principal() + ":" + arguments.dump());
  }));
  features.tools.push_back(tool(
      "wait", [this](mcp::Call& call, const mcp::Json&) { return wait_for_release(call, seen); }));
  features.tools.push_back(tool("count", [](mcp::Call& call, const mcp::Json&) {
    for (int i = 1; i <= 3; ++i) call.progress(i, "step");
    return say("counted");
  }));
  features.tools.push_back(tool("ask", [](mcp::Call& call, const mcp::Json&) {
    const mcp::Answers answers = call.need({{"name", name_question()}});
    return say("hello " + answers.at("name")["content"].value("name", ""));
  }));
  features.tools.push_back(tool("background", [this](mcp::Call& call, const mcp::Json&) {
    call.become_task(std::chrono::minutes(1));
    return wait_for_release(call, seen);
  }));
  features.tools.push_back(tool("flood", [this](mcp::Call& call, const mcp::Json&) {
    const std::string much(100'000, 'x');
    for (int i = 0; i < 10'000 && !call.stop_token().stop_requested(); ++i) {
      call.log(mcp::LogLevel::info, "flood", much);
      std::this_thread::sleep_for(Milliseconds(2));
    }
    ++(call.stop_token().stop_requested() ? seen.cancelled : seen.finished);
    return say("enough");
  }));
  mcp::Tool region = tool("region", [](mcp::Call&, const mcp::Json&) { return say("there"); });
  region.input_schema["properties"]["where"] = {{"type", "string"}, {"x-mcp-header", "Region"}};
  features.tools.push_back(std::move(region));
  return features;
}

HttpRig::HttpRig(mcp::HttpOptions options)
    : server_({"rig", "Rig", "1", ""}, features(), [](std::string_view) {}) {
  options.address = {"127.0.0.1", 0};
  http_ = std::make_unique<mcp::Http>(server_, std::move(options));
  port_ = port_in(http_->url().substr(0, http_->url().rfind('/')));
  health_port_ = port_in(http_->health_url());
  runner_ = std::thread([this] { status_ = http_->run(); });
}

HttpRig::~HttpRig() {
  seen.release = true;
  end();
}

int HttpRig::end() {
  http_->stop();
  if (runner_.joinable()) runner_.join();
  return status_;
}

std::string HttpRig::post(std::string_view body, std::string_view headers) const {
  return fmt::format(
      "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
      "Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n{}\r\n{}",
      port_, body.size(), headers, body);
}

std::string HttpRig::request(std::string_view method, std::string_view headers) const {
  return fmt::format("{} /mcp HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}\r\n", method, port_, headers);
}

std::string HttpRig::modern(int id, const std::string& method, json params,
                            std::string_view headers) const {
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = modern_version;
  json& capabilities = params["_meta"]["io.modelcontextprotocol/clientCapabilities"];
  if (capabilities.is_null()) capabilities = json::object();
  const json message = {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}};
  std::string named;
  if (params.contains("name")) named = fmt::format("Mcp-Name: {}\r\n", params.value("name", ""));
  return post(message.dump(), fmt::format("MCP-Protocol-Version: {}\r\nMcp-Method: {}\r\n{}{}",
                                          modern_version, method, named, headers));
}

std::string HttpRig::call(int id, const std::string& name, json params) const {
  params["name"] = name;
  return modern(id, "tools/call", std::move(params));
}

std::string HttpRig::open_session(const std::string& version,
                                  const std::string& capabilities) const {
  HttpClient client(port_);
  const HttpAnswer answer =
      client.ask(post(fmt::format(R"({{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{)"
                                  R"("protocolVersion":"{}","capabilities":{},)"
                                  R"("clientInfo":{{"name":"t","version":"1"}}}}}})",
                                  version, capabilities)));
  REQUIRE(answer.status == 200);
  return answer.headers.at("mcp-session-id");
}

std::string HttpRig::in_session(const std::string& session, std::string_view body,
                                std::string_view headers) const {
  return post(body, fmt::format("Mcp-Session-Id: {}\r\n{}", session, headers));
}

}  // namespace tests

#ifdef __SANITIZE_THREAD__
// The HTTP library ends a stream with a constant that it initialises once; it was not compiled for
// the sanitizer, which therefore does not see that threads wait for that.
extern "C" const char* __tsan_default_suppressions() {
  return "race:httplib::detail::write_data\n";
}
#endif
