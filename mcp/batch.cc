#include "mcp/batch.h"

namespace mcp {

class BatchReplies::Slot : public Connection {
 public:
  explicit Slot(std::shared_ptr<BatchReplies> batch) : batch_(std::move(batch)) {}

  void write(std::string line) override { batch_->add(std::move(line)); }
  void notify(std::string line) override { batch_->connection_->notify(std::move(line)); }
  bool notify_if_ready(std::string line) override {
    return batch_->connection_->notify_if_ready(std::move(line));
  }
  bool reaches_client() override { return batch_->connection_->reaches_client(); }

 private:
  const std::shared_ptr<BatchReplies> batch_;
};

BatchReplies::~BatchReplies() {
  if (!replies_.empty()) connection_->write("[" + replies_ + "]");
}

std::shared_ptr<Connection> BatchReplies::slot() {
  return std::make_shared<Slot>(shared_from_this());
}

void BatchReplies::add(std::string line) {
  std::lock_guard lock(mutex_);
  if (!replies_.empty()) replies_ += ',';
  replies_ += line;
}

}  // namespace mcp
