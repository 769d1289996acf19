// The answer to one HTTP request: one JSON text, or a stream of events (SSE) once there is
// something to tell before the response, or when that is all the client takes. Also the standing
// GET stream of an older session.
//
// Written by any thread, which never waits for the client: what is written is queued, and the
// connection's own thread sends it. HttpWatcher tells it that the client hung up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "mcp/connection.h"
#include "mcp/http/reply.h"
#include "mcp/http/socket.h"

namespace mcp {

// What is known of the answer before it is written.
struct HttpManner {
  bool takes_json = true;
  bool takes_events = true;
  bool is_modern = false;                          // which errors have a status of their own
  HttpHeaders headers;                             // of the answer that is a success
  std::function<std::string(std::string)> filter;  // sees every message before it leaves
  // The client hung up before it was answered. Called once, never by who writes; may not wait.
  std::function<void()> on_hang_up;
  // Whether the caller may still be served; asked from time to time.
  std::function<bool()> is_allowed;
  std::chrono::milliseconds silence{15'000};  // then a comment shows that the stream lives
};

class HttpStream : public Connection, public std::enable_shared_from_this<HttpStream> {
 public:
  explicit HttpStream(HttpManner manner);

  void write(std::string line) override;
  void write_error(std::string line, const RpcError& error) override;
  void notify(std::string line) override;
  bool notify_if_ready(std::string line) override;
  bool reaches_client() override;

  // Begins the stream before there is anything to tell.
  void open();
  // Ends what gets no response (any more): a stream just ends, anything else is a 202 without a
  // body.
  void end();
  // The client is gone, or as good as gone. Does nothing once the answer is complete.
  void hang_up();
  // Hangs up on a client that left too much unread, or that may not be served any more. Called from
  // time to time.
  void check(HttpTime now);

  // Blocks until there is something to tell, and is then the answer itself or the head of the
  // stream that goes on with it. For the connection's thread, once.
  HttpReply reply();

 private:
  enum class Stage { untouched, streaming, answered, gone };

  void begin_events();
  void answer_whole(int status, std::string line);
  void add_event(std::string_view line);
  bool is_gone();
  HttpReply::Next next(std::string& bytes);
  std::string filtered(std::string line) const;

  const HttpManner manner_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  Stage stage_ = Stage::untouched;
  HttpReply reply_;
  std::string pending_;  // events that were not sent yet
  bool told_ = false;    // `on_hang_up` was called
  HttpTime next_check_;
};

}  // namespace mcp
