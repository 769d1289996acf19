#include <unistd.h>

#include <atomic>
#include <csignal>

#include "mcp/stdio.h"
#include "tools/commands/command.h"

namespace tools {
namespace {

std::atomic<mcp::Stdio*> serving{nullptr};

void end_serving(int) {
  if (mcp::Stdio* stdio = serving.load()) stdio->stop();
}

}  // namespace

int serve_stdio(Program& program) {
  if (::isatty(0) == 1) {
    program.log("an MCP server that waits for messages on stdin; see patchbay --help");
  }
  const int protocol = mcp::take_stdout();
  const std::unique_ptr<mcp::Server> server = make_server(program);
  mcp::Stdio stdio(*server, {0, protocol, [&program](std::string line) {
                               return program.redacted(std::move(line));
                             }});
  serving = &stdio;
  // Clients end a server by closing its input, by SIGINT or by SIGTERM; all three mean the same.
  std::signal(SIGINT, end_serving);
  std::signal(SIGTERM, end_serving);
  const int status = stdio.run();
  serving = nullptr;
  return status;
}

}  // namespace tools
