// Tools that answer with a task where the client can take one.
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "mcp/questions.h"
#include "mcp/tasks.h"
#include "tests/conformance/fixture.h"

namespace conformance {
namespace {

using mcp::Answers;
using mcp::Call;
using mcp::CallToolResult;
using mcp::Json;
using mcp::OrderedJson;

using namespace std::chrono_literals;

constexpr auto kept = 10min;

CallToolResult said(std::string text) { return {std::move(text), nullptr, false, {}}; }

// False when the call was cancelled first.
bool sleep_unless_cancelled(Call& call, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, call.stop_token(), time, [] { return false; });
  return !call.cancelled();
}

// The work cannot be had without a task.
void require_task(Call& call) {
  if (call.can_become_task()) return call.become_task(kept);
  throw mcp::RpcError(mcp::code::missing_client_capability, "Client must support tasks",
                      {{"requiredCapabilities",
                        {{"extensions", {{mcp::tasks_extension, OrderedJson::object()}}}}}});
}

CallToolResult slow_compute(Call& call, const Json& arguments) {
  const double seconds = arguments.value("seconds", 1.0);
  if (seconds <= 0) return said("computed at once");
  if (call.can_become_task()) call.become_task(kept);
  sleep_unless_cancelled(call, std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
  return said("computed");
}

CallToolResult failing_job(Call& call, const Json&) {
  require_task(call);
  sleep_unless_cancelled(call, 1s);
  return {"the job failed", nullptr, true, {}};
}

CallToolResult protocol_error_job(Call& call, const Json&) {
  require_task(call);
  sleep_unless_cancelled(call, 200ms);
  throw mcp::RpcError(mcp::code::internal_error, "the job broke");
}

CallToolResult confirm_delete(Call& call, const Json& arguments) {
  if (call.can_become_task()) call.become_task(kept);
  const std::string file = arguments.value("filename", "the file");
  if (!call.can_ask(mcp::ask_form("", {})) && call.task_id().empty()) return said("not asked");
  const OrderedJson form = {{"type", "object"},
                            {"properties", {{"confirm", {{"type", "boolean"}}}}},
                            {"required", {"confirm"}}};
  const Answers a = call.need({{"confirm", mcp::ask_form("Delete " + file + "?", form)}});
  return said(a.empty() ? "stopped" : "deleted " + file);
}

CallToolResult multi_input(Call& call, const Json&) {
  if (call.can_become_task()) call.become_task(kept);
  const Answers a = call.need({{"first", mcp::ask_form("First?", text_form("name"))},
                               {"second", mcp::ask_form("Second?", text_form("name"))}});
  return said(std::to_string(a.size()) + " inputs");
}

CallToolResult round_then_task(Call& call, const Json&) {
  const Answers a = call.need({{"user_name", mcp::ask_form("Your name?", text_form("name"))}});
  const std::string name = a.at("user_name").value("content", Json::object()).value("name", "?");
  if (call.can_become_task()) call.become_task(kept);
  sleep_unless_cancelled(call, 200ms);
  return said("Hello, " + name + "!");
}

}  // namespace

void add_task_tools(mcp::Features& features) {
  auto& tools = features.tools;
  tools.push_back(tool("greet", "Greets at once.",
                       [](Call&, const Json& arguments) {
                         return said("Hello, " + arguments.value("name", "world") + "!");
                       },
                       {{"name", {{"type", "string"}}}}));
  tools.push_back(tool("slow_compute", "Takes some seconds.", slow_compute,
                       {{"seconds", {{"type", "number"}}}}));
  tools.push_back(tool("failing_job", "Fails after a second.", failing_job));
  tools.push_back(tool("protocol_error_job", "Breaks.", protocol_error_job));
  tools.push_back(tool("confirm_delete", "Asks before it deletes nothing.", confirm_delete,
                       {{"filename", {{"type", "string"}}}}));
  tools.push_back(tool("multi_input", "Asks two things at once.", multi_input));
  tools.push_back(
      tool("test_tool_with_task", "Asks first, then works as a task.", round_then_task));
}

}  // namespace conformance
