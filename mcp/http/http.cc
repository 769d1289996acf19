#include "mcp/http/http.h"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace mcp {
namespace {

using namespace std::chrono_literals;

constexpr auto cancelled_calls_may_take = 2s;

// Health answers are small and quick, and nobody needs many at once.
constexpr HttpLimits health_limits{4096, 0, 2s, 2s, 5s, 2s, 64};

HttpAddress checked(const HttpOptions& options) {
  if (!is_loopback(options.address.host) && !options.allowed.principal_of) {
    throw std::runtime_error(
        fmt::format("{} can be reached from other machines, so callers need a token: add one first",
                    options.address.host));
  }
  return options.address;
}

std::string url_of(const std::string& host, int port, const char* path) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port, path);
}

}  // namespace

Http::Http(Server& server, HttpOptions options)
    : options_(std::move(options)),
      listener_(checked(options_), options_.limits),
      guard_(options_.allowed, options_.address.host, listener_.port()),
      endpoint_(server, guard_, watcher_, options_.endpoint, options_.filter) {
  watcher_.start([this] { endpoint_.expire_sessions(); });
  if (options_.health) {
    health_.emplace(*options_.health, health_limits);
    health_->start([this](HttpExchange& exchange) { return answer_health(exchange.request); });
  }
  listener_.start([this](HttpExchange& exchange) { return endpoint_.handle(exchange); });
}

// The threads of the connections first, because they use all the rest.
Http::~Http() {
  endpoint_.cancel_all();
  listener_.stop();
  health_.reset();
  watcher_.stop();
}

std::string Http::url() const { return url_of(options_.address.host, listener_.port(), "/mcp"); }

std::string Http::health_url() const {
  return health_ ? url_of(options_.health->host, health_->port(), "") : "";
}

HttpReply Http::answer_health(const HttpRequest& request) const {
  const auto answer = [](int status, const char* body) {
    HttpReply reply;
    reply.status = status;
    reply.content_type = "text/plain";
    reply.body = body;
    return reply;
  };
  const bool asks = request.method == "GET" || request.method == "HEAD";
  if (asks && request.path == "/healthz") return answer(200, "alive\n");
  if (asks && request.path == "/readyz") {
    return ready_ ? answer(200, "ready\n") : answer(503, "ending\n");
  }
  return answer(404, "GET /healthz or /readyz\n");
}

int Http::run() {
  stop_.wait();
  settle();
  return 0;
}

void Http::settle() {
  ready_ = false;
  endpoint_.drain();
  if (!endpoint_.idle_within(options_.drain_time)) {
    endpoint_.cancel_all();
    // A call that hears no stop must not keep the program: its socket dies with it.
    if (!endpoint_.idle_within(cancelled_calls_may_take)) std::_Exit(0);
  }
  listener_.stop();
}

}  // namespace mcp
