#include "mcp/call.h"

namespace mcp {

Call::Call(std::shared_ptr<Connection> connection, std::shared_ptr<const Client> asking,
           Id request_id, Json progress_token)
    : id(std::move(request_id)),
      client(std::move(asking)),
      connection_(std::move(connection)),
      progress_token_(std::move(progress_token)) {}

bool Call::progress(double progress, std::string_view message) {
  if (!wants_progress()) return false;
  OrderedJson params = {{"progressToken", progress_token_}, {"progress", progress}};
  if (client->version >= Version::v2025_03_26) params["message"] = message;
  std::string line = notification_line("notifications/progress", dump(params));
  std::lock_guard lock(mutex_);
  if (answered_ || progress <= last_progress_) return false;
  last_progress_ = progress;
  return connection_->write_if_ready(std::move(line));
}

void Call::answer(std::string line) {
  std::lock_guard lock(mutex_);
  if (answered_) return;
  answered_ = true;
  connection_->write(std::move(line));
}

void Call::cancel() {
  {
    std::lock_guard lock(mutex_);
    answered_ = true;
  }
  stop_.request_stop();
}

}  // namespace mcp
