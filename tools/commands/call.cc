// patchbay call <tool> '<json>': the tools from a shell, where MCP is not configured.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <thread>

#include "mcp/call.h"
#include "tools/all.h"
#include "tools/commands/command.h"

namespace tools {
namespace {

volatile std::sig_atomic_t interrupted = 0;

// Progress goes to stderr, and only where a person looks: a pipe gets the answer and nothing else.
class ProgressOnTerminal : public mcp::Connection {
 public:
  explicit ProgressOnTerminal(const Program& program) : program_(program) {}

  void write(std::string) override {}
  void notify(std::string) override {}
  bool notify_if_ready(std::string line) override {
    const mcp::Json message = mcp::Json::parse(line, nullptr, false);
    const std::string text = message["params"].value("message", "");
    fmt::print(stderr, "\r\033[K{}", program_.redacted(text.substr(0, 70)));
    return shown_ = true;
  }
  // Before anything else is printed.
  void clear() {
    if (shown_) fmt::print(stderr, "\r\033[K");
    shown_ = false;
  }

 private:
  const Program& program_;
  bool shown_ = false;
};

// "-" reads the arguments from stdin, for prompts that no shell should quote.
std::string arguments_text(const std::string& given) {
  if (given != "-") return given;
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

const mcp::Tool* find(const std::vector<mcp::Tool>& tools, const std::string& name) {
  for (const mcp::Tool& tool : tools) {
    if (tool.name == name) return &tool;
  }
  std::vector<std::string_view> names;
  for (const mcp::Tool& tool : tools) names.push_back(tool.name);
  fmt::print(stderr, "patchbay: no tool \"{}\"; there are: {}\n", name, fmt::join(names, ", "));
  return nullptr;
}

mcp::CallToolResult run(const mcp::Tool& tool, mcp::Call& call, const mcp::Json& arguments) {
  try {
    return tool.run(call, arguments);
  } catch (const mcp::InvalidArguments& error) {
    return {"invalid_arguments: " + error.message, nullptr, true};
  }
}

// A signal handler may not take locks, so it only leaves word; a second signal ends the program.
void end_call(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

std::jthread watch_for_interrupt(mcp::Call& call) {
  std::signal(SIGINT, end_call);
  std::signal(SIGTERM, end_call);
  return std::jthread([&call](std::stop_token over) {
    while (!over.stop_requested() && interrupted == 0) ::usleep(20'000);
    if (interrupted != 0) call.cancel();
  });
}

int call(Program& program, const std::string& name, const std::string& given, bool as_json) {
  const std::vector<mcp::Tool> tools = all_tools(program);
  const mcp::Tool* tool = find(tools, name);
  if (tool == nullptr) return 2;
  const mcp::ParsedJson arguments = mcp::parse_bounded(arguments_text(given));
  if (arguments.problem != mcp::JsonProblem::none || !arguments.value.is_object()) {
    const std::string why = arguments.message.empty() ? "" : ": " + arguments.message;
    fmt::print(stderr, "patchbay: the arguments are not a JSON object{}\n", why);
    return 2;
  }
  const bool show_progress = ::isatty(2) == 1;
  mcp::CallOrigin origin;
  const auto progress = std::make_shared<ProgressOnTerminal>(program);
  origin.connection = progress;
  origin.client = std::make_shared<mcp::Client>();
  if (show_progress) origin.progress_token = 1;
  const auto in_flight = std::make_shared<mcp::Call>(std::move(origin));
  const std::jthread watcher = watch_for_interrupt(*in_flight);
  const mcp::CallToolResult result = run(*tool, *in_flight, arguments.value);
  progress->clear();
  if (result.is_error) {
    fmt::print(stderr, "{}\n", program.redacted(result.text));
    return interrupted != 0 ? 130 : 1;
  }
  fmt::print("{}\n", program.redacted(as_json ? mcp::dump(result.structured) : result.text));
  return 0;
}

}  // namespace

Command call_command(CLI::App& app) {
  struct Given {
    std::string tool;
    std::string arguments = "{}";
    bool json = false;
  };
  const auto given = std::make_shared<Given>();
  app.add_option("tool", given->tool, "such as invoke; a wrong name lists them all")->required();
  app.add_option("arguments", given->arguments, "its arguments as a JSON object; - reads stdin");
  app.add_flag("--json", given->json, "print structuredContent instead of text");
  app.footer(
      "Examples:\n"
      "  patchbay call list_models '{\"query\":\"qwen coder\",\"sort\":\"price\"}'\n"
      "  patchbay call invoke '{\"target\":\"openai/gpt-4.1-mini\",\"prompt\":\"2+2?\"}'\n"
      "Exit status: 0 answered, 1 the tool failed, 2 bad usage, 130 interrupted.");
  return [given](Program& program) {
    return call(program, given->tool, given->arguments, given->json);
  };
}

}  // namespace tools
