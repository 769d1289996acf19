// A request in flight that may wait: who asked, how to tell them how it goes, how to ask them back,
// and the one reply they get.
//
// Made by the server on the thread that read the request, used by the handler on the thread that
// runs it, cancelled from the reading thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "mcp/allowance.h"
#include "mcp/connection.h"
#include "mcp/json.h"
#include "mcp/message.h"
#include "mcp/questions.h"
#include "mcp/version.h"

namespace mcp {

class Peer;
class Tasks;
struct CallToolResult;

// Who is asking. In the older revisions it is what `initialize` settled, in 2026-07-28 what the
// request's own `_meta` says.
struct Client {
  Version version = newest_legacy;
  Json capabilities = Json::object();
  std::string name;  // unverified; for logs and known limits, never for decisions about trust

  bool has_extension(const char* id) const;
};

// The levels of notifications/message, least first (RFC 5424).
enum class LogLevel { debug, info, notice, warning, error, critical, alert, emergency };
std::string_view name(LogLevel level);
std::optional<LogLevel> log_level_named(std::string_view name);

// What a call is made of; the server fills it in from the request.
struct CallOrigin {
  std::shared_ptr<Connection> connection;
  std::shared_ptr<const Client> client;
  Id id;
  Json progress_token;                // null: nobody wants to hear
  std::optional<LogLevel> log_level;  // of a modern request; absent: no log messages
  std::shared_ptr<Peer> peer;         // may be null where nothing is asked back
  Tasks* tasks = nullptr;             // null: nothing may outlive its answer
  bool offers_tasks = false;          // the server has the tasks extension
  // A result's members and type as the text of this revision.
  std::function<std::string(std::string_view members, std::string_view type)> result_text;
  Answers answers;  // to the questions of earlier rounds (MRTR)
  Json state;       // what the handler gave to `need` in the round before
};

class Call : public std::enable_shared_from_this<Call> {
 public:
  explicit Call(CallOrigin origin);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Id& id() const { return origin_.id; }
  const Client& client() const { return *origin_.client; }
  Version version() const { return origin_.client->version; }
  const std::string& principal() const;
  const std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();

  std::stop_token stop_token() const { return stop_.get_token(); }
  // Whether the client asked to hear of progress.
  bool wants_progress() const { return !origin_.progress_token.is_null(); }
  // Sends a progress notification; `progress` must grow (section "Progress"). Does nothing once the
  // call is answered or cancelled. False when the client was not told.
  bool progress(double progress, std::string_view message, std::optional<double> total = {});
  // A log message for the client, if it wants that level. Never a secret.
  void log(LogLevel level, std::string_view logger, const OrderedJson& data);

  // Whether the client can be asked this: it said so, and a question would get to it.
  bool can_ask(const Question& question) const;
  // The answers to those questions that the client can be asked, by key. Returns at once where an
  // earlier round brought them; else asks, by whatever means the client's revision has. A handler
  // is run anew for each round of a modern client, so it asks before it does anything that counts,
  // and calls `need` in the same order each time. `state` comes back in the next round as
  // `state()`. Throws NeedInput (let it pass), RpcError{missing_client_capability} when nothing can
  // be asked, RpcError{internal_error} when an older client did not answer or takes no questions on
  // its connection.
  Answers need(const Questions& questions, Json state = nullptr);
  const Json& state() const { return origin_.state; }
  // The answer of an older client that can be asked and answers within `time`. A modern one is not
  // asked: that would take another round. For what can be done without.
  std::optional<Json> ask_within(const Question& question, std::chrono::milliseconds time);

  // Whether the client can take a task for an answer (extension tasks).
  bool can_become_task() const;
  // Answers now with a task that may be asked for during `ttl`; what the handler returns or throws
  // later becomes the end of the task. `id`: unguessable; empty: one is made. Only if
  // `can_become_task`.
  void become_task(std::chrono::milliseconds ttl, std::string id = {});
  const std::string& task_id() const { return task_id_; }
  // Answers now with a tool result, while the handler works on; what it returns is heard by nobody,
  // so it keeps it where it can be asked for. Any client can take this.
  bool can_leave() const { return origin_.tasks != nullptr; }
  void leave(const CallToolResult& meanwhile);
  // Whether the answer has left while the handler still runs.
  bool has_left() const { return left_; }
  // The handler has returned: the id and the place are free for another call.
  void returned();

  // Run with the reply when it comes too late to be written and was not given in another way:
  // nobody hears then what the handler returned. Not an error.
  void if_undelivered(std::function<void(const std::string& line)> keep) {
    if_undelivered_ = std::move(keep);
  }
  // The reply; the first one counts, and none is written after `cancel`.
  void answer(std::string line);
  void answer_error(std::string line, const RpcError& error);
  // From then on nothing is written for this call. Wakes whatever waits on the stop token.
  void cancel();
  bool cancelled() const { return stop_.stop_requested(); }

 private:
  bool claim_answer();
  void let_go();
  bool could_answer(const Question& question) const;
  bool can_hear_questions() const;
  Answers ask_directly(const Questions& questions);
  Answers earlier_answers(const Questions& open) const;

  CallOrigin origin_;
  std::stop_source stop_;
  std::mutex mutex_;  // guards answered_ and last_progress_, and orders this call's writes
  bool answered_ = false;
  double last_progress_ = -1;
  std::string task_id_;  // both are written and read on the call's own thread
  bool left_ = false;
  Place place_;  // once it has left: it still runs, and counts
  std::function<void(const std::string&)> if_undelivered_;  // set and run on the call's own thread
};

}  // namespace mcp
