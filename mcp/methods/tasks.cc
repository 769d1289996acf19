// tasks/get, tasks/update and tasks/cancel (extension io.modelcontextprotocol/tasks).
#include "mcp/tasks.h"

#include "mcp/request.h"

namespace mcp {
namespace {

bool offered(const Features& features) { return features.tasks; }

// Only who declared the extension can have got a task.
const std::string& task_id(const Request& request) {
  if (!request.client->has_extension(tasks_extension)) {
    throw RpcError(
        code::missing_client_capability, "Client must support tasks",
        {{"requiredCapabilities", {{"extensions", {{tasks_extension, OrderedJson::object()}}}}}});
  }
  return string_param(request, "taskId");
}

Result get(Context& context, Request& request) {
  return {members_of(context.tasks.task(task_id(request), request.peer->principal))};
}

Result update(Context& context, Request& request) {
  const std::string& id = task_id(request);
  const auto responses = request.params.find("inputResponses");
  if (responses == request.params.end() || !responses->is_object()) {
    throw RpcError(code::invalid_params, "inputResponses must be an object");
  }
  context.tasks.update(id, request.peer->principal, *responses);
  return {};
}

Result cancel(Context& context, Request& request) {
  context.tasks.cancel(task_id(request), request.peer->principal);
  return {};
}

}  // namespace

const Method task_methods[3] = {
    {"tasks/get", Era::only_modern, Pace::quick, offered, get},
    {"tasks/update", Era::only_modern, Pace::quick, offered, update},
    {"tasks/cancel", Era::only_modern, Pace::quick, offered, cancel},
};

}  // namespace mcp
