#include "mcp/http/endpoint.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "mcp/http/route.h"
#include "mcp/http/status.h"

namespace mcp {
namespace {

constexpr std::string_view path = "/mcp";
constexpr std::string_view session_header = "mcp-session-id";

std::optional<Id> id_of(const Json& message) {
  if (!message.is_object()) return std::nullopt;
  const auto id = message.find("id");
  return id == message.end() ? std::nullopt : read_id(*id);
}

HttpReply refuse(const Json& message, const RpcError& error) {
  HttpReply reply;
  reply.status = status_of(error, true);
  reply.content_type = "application/json";
  reply.body = error_line(id_of(message), error, MissingId::left_out);
  return reply;
}

bool is_listen(const Json& message) {
  return message.is_object() && message.value("method", Json()) == "subscriptions/listen";
}

// A batch is a request when one of its messages is.
bool wants_response(const Json& message) {
  if (!message.is_array()) return is_request(message);
  for (const Json& element : message) {
    if (is_request(element)) return true;
  }
  return message.empty();
}

}  // namespace

// A request that is being served. Not granted once the endpoint drains.
class HttpEndpoint::Running {
 public:
  // `session`: kept from expiring meanwhile.
  Running(HttpEndpoint& endpoint, std::shared_ptr<Peer> whose, HttpSessions::Use session)
      : peer(std::move(whose)), endpoint_(endpoint), session_(std::move(session)) {
    std::lock_guard lock(endpoint_.mutex_);
    granted_ = !endpoint_.draining_;
    if (granted_) self_ = endpoint_.running_.insert(peer);
  }
  ~Running() {
    std::lock_guard lock(endpoint_.mutex_);
    if (granted_) endpoint_.running_.erase(self_);
    endpoint_.left_.notify_all();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  bool granted() const { return granted_; }
  const std::shared_ptr<Peer> peer;

 private:
  HttpEndpoint& endpoint_;
  const HttpSessions::Use session_;
  bool granted_;
  std::multiset<std::shared_ptr<Peer>>::iterator self_;
};

HttpEndpoint::HttpEndpoint(Server& server, HttpGuard& guard, HttpWatcher& watcher, Limits limits,
                           std::function<std::string(std::string)> filter)
    : server_(server),
      guard_(guard),
      watcher_(watcher),
      limits_(limits),
      filter_(std::move(filter)),
      header_arguments_(header_arguments(server.features().tools)),
      sessions_(limits.sessions, limits.session_idle_time) {}

HttpReply HttpEndpoint::handle(HttpExchange& exchange) {
  Asked asked{exchange, {}};
  if (auto refused = guard_.refuses(exchange.request, asked.caller)) return std::move(*refused);
  if (exchange.request.path != path) return refusal(404, "only /mcp is here");
  if (exchange.request.method == "POST") return post(asked);
  if (exchange.request.method == "GET") return listen(asked);
  if (exchange.request.method == "DELETE") return end_session(asked);
  return refusal(405, "POST a message here", {{"Allow", "POST, GET, DELETE"}});
}

HttpReply HttpEndpoint::post(Asked& asked) {
  if (!is_json_request(asked.request())) return refusal(415, "the body must be application/json");
  std::string body;
  if (HttpProblem problem = asked.exchange.read_body(body); problem.status != 0) {
    return refusal(problem);
  }
  ParsedJson parsed = parse_bounded(body);
  body = {};  // the call may take long
  if (parsed.problem != JsonProblem::none) {
    return refuse({}, RpcError(static_cast<int>(parsed.problem), parsed.message));
  }
  return dispatch(asked, std::move(parsed.value));
}

HttpReply HttpEndpoint::dispatch(Asked& asked, Json&& message) {
  try {
    switch (route_of(asked.request(), message)) {
      case HttpRoute::described:
        // The headers of notifications are undefined, so nothing is demanded of them.
        if (is_request(message)) check_headers(asked.request(), message, header_arguments_);
        return serve_described(asked, std::move(message));
      case HttpRoute::initialize:
        return open_session(asked, std::move(message));
      case HttpRoute::in_session:
        break;
    }
    return serve_in_session(asked, std::move(message));
  } catch (const RpcError& error) {
    return refuse(message, error);
  }
}

// --- the eras -----------------------------------------------------------------------------------

// Each request has a peer of its own, so that nothing is remembered from one to the next. A client
// that hangs up has cancelled.
HttpReply HttpEndpoint::serve_described(Asked& asked, Json&& message) {
  const std::shared_ptr<Peer> peer = peer_of(asked);
  HttpManner manner = manner_for(asked, true);
  manner.on_hang_up = [peer] { peer->cancel(Peer::Which::all); };
  if (is_listen(message)) {
    manner.takes_json = false;
    manner.takes_events = true;
  }
  return serve(asked, std::make_shared<Running>(*this, peer, nullptr), std::move(message),
               std::move(manner));
}

// The session is there before its id is told. Who names a session that lives opens it anew.
HttpReply HttpEndpoint::open_session(Asked& asked, Json&& message) {
  HttpSessions::Use session = session_of(asked);
  const bool is_new = !session;
  if (is_new) session = HttpSessions::make(peer_of(asked));
  if (is_new && !sessions_.add(session)) {
    return refusal(503, "too many sessions are in use", {{"Retry-After", "5"}});
  }
  HttpManner manner = manner_for(asked, false);
  manner.headers.emplace_back("Mcp-Session-Id", session->id);
  HttpReply reply = serve(asked, std::make_shared<Running>(*this, session->peer, session),
                          std::move(message), std::move(manner));
  if (is_new && !session->peer->negotiated()) sessions_.end(session->id);
  return reply;
}

HttpReply HttpEndpoint::serve_in_session(Asked& asked, Json&& message) {
  const HttpSessions::Use session = session_of(asked);
  if (!session) return without_session(asked);
  return serve(asked, std::make_shared<Running>(*this, session->peer, session), std::move(message),
               manner_for(asked, false));
}

HttpReply HttpEndpoint::serve(Asked& asked, const std::shared_ptr<Running>& running, Json&& message,
                              HttpManner manner) {
  const bool stays_open = manner.is_modern && is_listen(message);
  if (wants_response(message) && !running->granted()) {
    return refusal(503, "the server is ending", {{"Retry-After", "5"}});
  }
  const auto stream = std::make_shared<HttpStream>(std::move(manner));
  std::vector<Work> works = server_.receive_parsed(running->peer, stream, std::move(message));
  const bool waits = stays_open || !works.empty();
  if (!works.empty()) run(std::move(works), stream, running);
  if (stays_open && is_draining()) server_.end_subscriptions();  // it came in between
  if (!waits) stream->end();
  // The watching ends before the running, so that what is cut off at the end is not taken for more.
  asked.exchange.kept = std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(
      running, waits ? watched(stream, asked.exchange.fd) : nullptr);
  return stream->reply();
}

// Each work on a thread of its own. What is not answered when the last one has returned gets no
// answer any more.
void HttpEndpoint::run(std::vector<Work> works, const std::shared_ptr<HttpStream>& stream,
                       const std::shared_ptr<Running>& running) {
  std::shared_ptr<void> all_returned(stream.get(), [stream](void*) { stream->end(); });
  for (Work& work : works) {
    const std::function<void()> task = [work = std::move(work), all_returned, running]() mutable {
      work();
      work = nullptr;  // a batch is answered when the last of its works is gone
      all_returned.reset();
    };
    if (!threads_.start(task)) task();  // no thread to be had: this one then
  }
}

// Watches the client for as long as what is returned lives.
std::shared_ptr<void> HttpEndpoint::watched(const std::shared_ptr<HttpStream>& stream, int fd) {
  watcher_.watch(stream, fd);
  return {stream.get(), [this, stream](void*) {
            watcher_.unwatch(*stream);
            stream->hang_up();  // an answer that was not complete could not be sent
          }};
}

// --- sessions -----------------------------------------------------------------------------------

HttpSessions::Use HttpEndpoint::session_of(const Asked& asked) {
  const std::string* id = asked.request().header(session_header);
  return id == nullptr ? nullptr : sessions_.find(*id, asked.caller.principal);
}

HttpReply HttpEndpoint::without_session(const Asked& asked) const {
  if (asked.request().header(session_header) == nullptr) {
    return refusal(405, "POST a message here", {{"Allow", "POST"}});
  }
  return refusal(404, "no such session; initialize again");
}

// The standing stream of a session, for what belongs to no request.
HttpReply HttpEndpoint::listen(Asked& asked) {
  const HttpSessions::Use session = session_of(asked);
  if (!session) return without_session(asked);
  if (!names_session_version(asked.request())) {
    return refusal(400, "MCP-Protocol-Version is not of a session");
  }
  HttpManner manner = manner_for(asked, false);
  manner.takes_events = true;
  const auto stream = std::make_shared<HttpStream>(std::move(manner));
  stream->open();
  session->listen_on(stream);
  if (is_draining()) stream->end();
  asked.exchange.kept = std::make_shared<std::pair<HttpSessions::Use, std::shared_ptr<void>>>(
      session, watched(stream, asked.exchange.fd));
  return stream->reply();
}

HttpReply HttpEndpoint::end_session(Asked& asked) {
  const HttpSessions::Use session = session_of(asked);
  if (!session) return without_session(asked);
  sessions_.end(session->id);
  return {};
}

// --- shared by both -----------------------------------------------------------------------------

HttpManner HttpEndpoint::manner_for(const Asked& asked, bool is_modern) const {
  HttpManner manner;
  const HttpAccepted accepted = accepted_types(asked.request());
  manner.takes_json = accepted.json;
  manner.takes_events = accepted.events;
  manner.is_modern = is_modern;
  manner.filter = filter_;
  manner.is_allowed = [this, caller = asked.caller] { return guard_.still_allows(caller); };
  return manner;
}

std::shared_ptr<Peer> HttpEndpoint::peer_of(const Asked& asked) {
  const std::string& principal = asked.caller.principal;
  std::lock_guard lock(mutex_);
  std::shared_ptr<Allowance>& allowance = allowances_[principal];
  if (!allowance) allowance = std::make_shared<Allowance>(limits_.calls_of_principal);
  return std::make_shared<Peer>(allowance, principal);
}

// --- the end ------------------------------------------------------------------------------------

bool HttpEndpoint::is_draining() const {
  std::lock_guard lock(mutex_);
  return draining_;
}

void HttpEndpoint::drain() {
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
  }
  server_.end_subscriptions();
  sessions_.end_streams();
}

bool HttpEndpoint::idle_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, time, [this] { return running_.empty(); });
}

void HttpEndpoint::cancel_all() {
  std::vector<std::shared_ptr<Peer>> peers;
  {
    std::lock_guard lock(mutex_);
    peers.assign(running_.begin(), running_.end());
  }
  for (const auto& peer : peers) peer->cancel(Peer::Which::all);
  server_.stop_tasks();
}

}  // namespace mcp
