// A tools/call in flight: who asked, how to tell them how it goes, and the one reply they get.
//
// Made by the server on the thread that read the request, used by the tool on the thread that runs
// it, cancelled from the reading thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "mcp/connection.h"
#include "mcp/json.h"
#include "mcp/message.h"
#include "mcp/version.h"

namespace mcp {

// Who is asking. In the older revisions it is what `initialize` settled, in 2026-07-28 what the
// request's own `_meta` says.
struct Client {
  Version version = newest_legacy;
  Json capabilities = Json::object();
  std::string name;  // unverified; for logs and known limits, never for decisions about trust
};

class Call {
 public:
  Call(std::shared_ptr<Connection> connection, std::shared_ptr<const Client> asking, Id request_id,
       Json progress_token);

  const Id id;
  const std::shared_ptr<const Client> client;
  const std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();

  std::stop_token stop_token() const { return stop_.get_token(); }
  // Whether the client asked to hear of progress.
  bool wants_progress() const { return !progress_token_.is_null(); }
  // Sends a progress notification; `progress` must grow (section "Progress"). Does nothing once the
  // call is answered or cancelled. False when the client was not told.
  bool progress(double progress, std::string_view message);

  // The reply; the first one counts, and none is written after `cancel`.
  void answer(std::string line);
  // From then on nothing is written for this call. Wakes whatever waits on the stop token.
  void cancel();

 private:
  const std::shared_ptr<Connection> connection_;
  const Json progress_token_;  // null: none
  std::stop_source stop_;
  std::mutex mutex_;  // guards answered_ and last_progress_, and orders this call's writes
  bool answered_ = false;
  double last_progress_ = -1;
};

}  // namespace mcp
