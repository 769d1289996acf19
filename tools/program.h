// What the program is made of once its settings are read: shared by the MCP server and the
// commands. Built on the main thread; its parts are then used by any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/redactor.h"
#include "catalog/spend/books.h"
#include "catalog/transfers.h"
#include "mcp/server.h"
#include "tools/conversations.h"
#include "tools/kept_answers.h"
#include "tools/sandbox/sandbox.h"
#include "tools/settings.h"
#include "tools/task_book.h"

namespace tools {

class Program {
 public:
  // With `sandbox`, everything goes to the gateway and agents inside this process, and state has a
  // folder of its own.
  Program(Settings settings, bool sandbox);

  const Settings& settings() const { return settings_; }
  catalog::Catalog& catalog() { return *catalog_; }
  TaskBook& tasks() { return *tasks_; }
  Conversations& conversations() { return *conversations_; }
  catalog::Books& books() { return *books_; }
  KeptAnswers& kept() { return *kept_; }
  bool sandbox() const { return sandbox_ != nullptr; }
  // From then on no folder but that of --workspace is a workspace: callers are not at this machine.
  void serve_others() { serves_others_ = true; }
  bool serves_others() const { return serves_others_; }

  // What follows a kept task at its agent; nothing when there is none.
  std::optional<catalog::AgentTask> remote_task(const catalog::StoredTask& task) const;

  const catalog::Redactor& redactor() const { return redactor_; }
  // `line` without any of our keys; for whatever leaves the process.
  std::string redacted(std::string line) const;
  // One line on stderr, redacted.
  void log(std::string_view line) const;

 private:
  void use_sandbox();
  std::vector<std::unique_ptr<catalog::Gateway>> build_gateways();
  std::unique_ptr<catalog::Catalog> build_catalog();
  catalog::Budgets budgets() const;
  std::unique_ptr<catalog::Books> open_books();

  Settings settings_;
  catalog::Redactor redactor_;
  std::unique_ptr<Sandbox> sandbox_;
  bool serves_others_ = false;
  catalog::Transfers transfers_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<TaskBook> tasks_;
  std::unique_ptr<Conversations> conversations_;
  std::unique_ptr<KeptAnswers> kept_;
  std::unique_ptr<catalog::Books> books_;  // last: at its end it may still ask a gateway
};

extern const char* const version;  // of the program, "0.1.0"

// The server with all tools, speaking for `program`.
std::unique_ptr<mcp::Server> make_server(Program& program);

}  // namespace tools
