// subscriptions/listen (2026-07-28): a request that stays open and is told what changes.
#include "mcp/subscriptions.h"
#include "mcp/meta.h"
#include "mcp/request.h"

namespace mcp {
namespace {

struct Filter {
  const char* member;
  ListKind kind;
};

constexpr Filter filters[] = {{"toolsListChanged", ListKind::tools},
                              {"promptsListChanged", ListKind::prompts},
                              {"resourcesListChanged", ListKind::resources}};

std::set<std::string> strings_in(const Json& object, const char* name) {
  std::set<std::string> out;
  const auto at = object.find(name);
  if (at == object.end() || !at->is_array()) return out;
  for (const Json& each : *at) {
    if (each.is_string()) out.insert(each.get<std::string>());
  }
  return out;
}

// What was asked for and can be had; the rest is left out of the acknowledgement.
Subscriptions::Wanted granted(const Features& features, const Request& request, const Json& asked) {
  Subscriptions::Wanted wanted;
  for (const Filter& filter : filters) {
    const bool on = asked.contains(filter.member) && asked[filter.member] == true;
    if (on && features.lists_change && filter.kind != ListKind::resources) {
      wanted.lists.insert(filter.kind);
    }
  }
  if (features.resources_change) wanted.uris = strings_in(asked, "resourceSubscriptions");
  const bool tasks = features.tasks && request.client->has_extension(tasks_extension);
  if (tasks) wanted.task_ids = strings_in(asked, "taskIds");
  return wanted;
}

OrderedJson acknowledged(const Subscriptions::Wanted& wanted) {
  OrderedJson out = OrderedJson::object();
  for (const Filter& filter : filters) {
    if (wanted.lists.count(filter.kind) != 0) out[filter.member] = true;
  }
  if (!wanted.uris.empty()) out["resourceSubscriptions"] = wanted.uris;
  if (!wanted.task_ids.empty()) out["taskIds"] = wanted.task_ids;
  return out;
}

RpcError busy(const char* why) {
  RpcError error(code::internal_error, why);
  error.too_many_requests = true;
  return error;
}

Result listen(Context& context, Request& request) {
  const auto asked = request.params.find("notifications");
  if (asked == request.params.end() || !asked->is_object()) {
    throw RpcError(code::invalid_params, "notifications must be an object");
  }
  if (!context.subscriptions.open(request.id, request.peer, request.connection)) {
    throw busy("too many subscriptions are open; end one first");
  }
  const Subscriptions::Wanted wanted = granted(context.features, request, *asked);
  // The acknowledgement is the first message of the subscription.
  OrderedJson params = {{"notifications", acknowledged(wanted)}};
  params["_meta"][meta::subscription_id] = OrderedJson::parse(to_text(request.id));
  request.connection->notify(
      notification_line("notifications/subscriptions/acknowledged", dump(params)));
  context.subscriptions.grant(*request.peer, request.id, wanted);
  return {"", "complete", true};
}

bool always(const Features&) { return true; }

}  // namespace

const Method subscription_methods[1] = {
    {"subscriptions/listen", Era::only_modern, Pace::quick, always, listen},
};

}  // namespace mcp
