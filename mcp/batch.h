// The replies of a 2025-03-26 batch, gathered into the one array that answers it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "mcp/connection.h"

namespace mcp {

// Each element of the batch writes to a slot of its own. When the last slot is gone, because its
// element was answered, cancelled or needed no answer, the array is written; nothing at all when
// the batch held only notifications.
class BatchReplies : public std::enable_shared_from_this<BatchReplies> {
 public:
  explicit BatchReplies(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ~BatchReplies();

  std::shared_ptr<Connection> slot();

 private:
  class Slot;
  void add(std::string line);

  const std::shared_ptr<Connection> connection_;
  std::mutex mutex_;  // guards replies_
  std::string replies_;
};

}  // namespace mcp
