#include "mcp/http/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>

namespace mcp {
namespace {

// The connection as the library wants it. Of a request's head it is shown only what it needs to
// find the end of the body. The head has been read, and refused where it is not strict, before: the
// library percent-decodes the values of headers, takes two `Host`s, or a `Content-Length` beside a
// `Transfer-Encoding`, and acts on `Range`, `Accept-Encoding` and others that mean nothing here.
class Line : public httplib::Stream {
 public:
  Line(HttpSocket& socket, HttpReader& reader, std::chrono::milliseconds stall_time,
       std::string head)
      : socket_(socket), reader_(reader), stall_time_(stall_time), head_(std::move(head)) {}

  bool is_readable() const override { return true; }  // `read` waits, and knows how long
  bool is_writable() const override { return true; }  // so does `write`

  ssize_t read(char* bytes, size_t size) override {
    if (begin_ == head_.size()) return reader_.read_some(bytes, size);
    const std::size_t count = std::min(size, head_.size() - begin_);
    std::copy_n(head_.data() + begin_, count, bytes);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* bytes, size_t size) override {
    return socket_.send_all({bytes, size}, stall_time_) ? static_cast<ssize_t>(size) : -1;
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip = "", port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip = "", port = 0; }
  // The library asks only to see whether `select` could take it, which is never used here.
  socket_t socket() const override { return 0; }

 private:
  HttpSocket& socket_;
  HttpReader& reader_;
  const std::chrono::milliseconds stall_time_;
  const std::string head_;
  std::size_t begin_ = 0;
};

bool has_body(const HttpRequest& request) {
  return request.is_chunked || request.content_length != 0;
}

std::string shown_head(const HttpRequest& request, bool closes) {
  // Any method but HEAD, whose answer has no body, is one like another to the library.
  return fmt::format("{} / HTTP/1.1\r\n{}{}\r\n", request.method == "HEAD" ? "HEAD" : "POST",
                     request.is_chunked
                         ? "Transfer-Encoding: chunked\r\n"
                         : fmt::format("Content-Length: {}\r\n", request.content_length),
                     closes ? "Connection: close\r\n" : "");
}

// The request that this thread serves: the library calls handlers with its own notion of it.
struct Served {
  HttpReader& reader;
  HttpExchange exchange{};
  HttpProblem problem{};  // with its head
  bool may_go_on = true;
};
thread_local Served* served_here = nullptr;

HttpProblem read_all(const Served& served, const httplib::ContentReader& content, std::size_t most,
                     std::string& body) {
  if (served.exchange.request.content_length > most) return {413, "the body is too large"};
  bool too_large = false;
  const bool whole = content([&](const char* bytes, size_t size) {
    too_large = size > most - body.size();
    if (!too_large) body.append(bytes, size);
    return !too_large;
  });
  if (whole) return {};
  if (too_large) return {413, "the body is too large"};
  if (served.reader.is_late()) return {408, "the body did not come in time"};
  return {400, "the body is malformed or cut short"};
}

void to_library(HttpReply&& reply, httplib::Response& response) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name.c_str(), value);
  if (!reply.stream) {
    if (!reply.content_type.empty()) response.set_content(reply.body, reply.content_type);
    return;
  }
  response.set_chunked_content_provider(
      reply.content_type, [next = std::move(reply.stream)](size_t, httplib::DataSink& sink) {
        std::string bytes;
        switch (next(bytes)) {
          case HttpReply::Next::bytes:
            return sink.write(bytes.data(), bytes.size());
          case HttpReply::Next::end:
            sink.done();
            return true;
          case HttpReply::Next::broken:
            break;
        }
        return false;
      });
}

}  // namespace

class HttpServer::Library : public httplib::Server {
 public:
  Library(HttpHandler handler, const HttpLimits& limits)
      : handler_(std::move(handler)), limits_(limits) {
    svr_sock_ = 0;  // streams are cut off where the library believes that it does not listen
    set_keep_alive_timeout(std::chrono::ceil<std::chrono::seconds>(limits.idle_time).count());
    set_keep_alive_max_count(1'000'000);
    Post("/", [this](const httplib::Request&, httplib::Response& response,
                     const httplib::ContentReader& content) { answer(response, &content); });
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (request.method == "POST") return HandlerResponse::Unhandled;
      answer(response, nullptr);
      return HandlerResponse::Handled;
    });
  }

  // Serves the request that has been read on this thread; false when the connection has to end.
  bool serve(Served& served, HttpSocket& socket) {
    const HttpRequest& request = served.exchange.request;
    bool closes = served.problem.status != 0 || request.wants_close;
    Line line(socket, served.reader, limits_.stall_time, shown_head(request, closes));
    served_here = &served;
    const bool written = process_request(line, closes, closes, nullptr);
    served_here = nullptr;
    served.exchange.kept = nullptr;
    return written && !closes && served.may_go_on;
  }

 private:
  void answer(httplib::Response& response, const httplib::ContentReader* content) {
    Served& served = *served_here;
    served.may_go_on = !has_body(served.exchange.request);
    served.exchange.read_body = [this, &served, content](std::string& body) {
      if (content == nullptr || !has_body(served.exchange.request)) return HttpProblem{};
      HttpProblem problem = read_all(served, *content, limits_.body_bytes, body);
      served.may_go_on = problem.status == 0;
      return problem;
    };
    HttpReply reply = reply_to(served);
    if (reply.status == 503) served.may_go_on = false;  // whoever comes back later makes room now
    to_library(std::move(reply), response);
    if (!served.may_go_on) response.set_header("Connection", "close");
  }

  HttpReply reply_to(Served& served) {
    if (served.problem.status != 0) return refusal(served.problem);
    try {
      return handler_(served.exchange);
    } catch (const std::exception&) {  // no memory; the library would tell the client what it was
      served.may_go_on = false;
      return refusal(503, "out of resources", {{"Retry-After", "5"}});
    }
  }

  const HttpHandler handler_;
  const HttpLimits limits_;
};

HttpServer::HttpServer(const HttpAddress& address, const HttpLimits& limits)
    : limits_(limits), listener_(address, limits.connections) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start(HttpHandler handler) {
  library_ = std::make_unique<Library>(std::move(handler), limits_);
  listener_.start([this](HttpSocket& socket) { serve(socket); });
}

void HttpServer::serve(HttpSocket& socket) {
  HttpReader reader(socket, limits_);
  while (serve_one(socket, reader)) {
  }
}

bool HttpServer::serve_one(HttpSocket& socket, HttpReader& reader) {
  Served served{reader};
  served.exchange.fd = socket.fd();
  if (!reader.next(served.exchange.request, served.problem)) return false;
  const bool goes_on = library_->serve(served, socket);
  if (!goes_on) socket.end_politely();
  return goes_on;
}

}  // namespace mcp
