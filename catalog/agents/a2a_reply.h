// The reply to one sending, out of the bytes of the response: a stream of events, or one JSON
// document (also where a stream was asked for or announced). The same for an agent called directly
// and for one behind a gateway that passes the agent's reply on. Driven by one call on its own
// thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "catalog/agents/a2a_errors.h"
#include "catalog/agents/task_progress.h"
#include "catalog/answer.h"
#include "catalog/event_stream.h"
#include "catalog/transfers.h"

namespace catalog {

class A2aReply {
 public:
  // `who` is the subject of errors: "agent:local/helper". What is said goes into `progress`, which,
  // like the listener, must outlive the reply.
  A2aReply(std::string who, TaskProgress& progress, const Listener& listener);
  A2aReply(const A2aReply&) = delete;
  A2aReply& operator=(const A2aReply&) = delete;

  // Sets `on_head`, `on_body` and `on_wait` of the exchange; the reply must outlive its perform.
  void attach(Exchange& exchange);
  // The body is complete.
  void finish();

  const ResponseHead& head() const { return head_; }
  // The body, where it was a document and not a stream.
  std::string_view document() const { return document_; }
  const std::optional<RpcError>& error() const { return error_; }
  const TaskProgress& progress() const { return progress_; }
  // Whether anything in it was of A2A: a task, a message, an event.
  bool taken() const { return taken_; }

  // Throws UpstreamError for everything that is not a reply of A2A, or is its error; `billed` is
  // set by `price`.
  void check(const AgentPrice& price) const;

 private:
  enum class Shape { undecided, document, events };

  Heard body(std::string_view bytes);
  Heard feed(std::string_view bytes);
  void decide(std::string_view bytes);
  bool event(std::string_view data);
  void take(std::string_view text);
  void fail() const;
  [[noreturn]] void fail_unreadable() const;

  std::string who_;
  const Listener& listener_;
  TaskProgress& progress_;
  EventStream stream_;
  ResponseHead head_;
  Shape shape_ = Shape::undecided;
  std::string document_;
  std::optional<RpcError> error_;
  bool taken_ = false;
  bool unreadable_ = false;  // an event was not what A2A sends
};

// Runs the exchange into the reply, to its end. What Transfers throws when it breaks on the way is
// given the text that had arrived, and whether it may have been billed.
void perform_into(A2aReply& reply, Exchange& exchange, const AgentPrice& price,
                  Transfers& transfers, std::stop_token stop);

}  // namespace catalog
