// Resources, their templates, and subscriptions to them (section "Resources").
#include "mcp/capabilities.h"
#include "mcp/paging.h"
#include "mcp/request.h"
#include "mcp/request_state.h"
#include "mcp/skills.h"
#include "mcp/uri_template.h"

namespace mcp {
namespace {

bool may_subscribe(const Features& features) {
  return has_resources(features) && features.resources_change;
}

void put(OrderedJson& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

template <class Described>
OrderedJson described(const Described& item, const char* uri_member, const std::string& uri,
                      Version version) {
  OrderedJson out = {{uri_member, uri}, {"name", item.name}};
  if (version >= Version::v2025_06_18) put(out, "title", item.title);
  put(out, "description", item.description);
  put(out, "mimeType", item.mime_type);
  return out;
}

Result list(Context& context, Request& request) {
  std::vector<Resource> all = context.features.resources;
  for (Resource& file : skill_resources(context.features.skills)) all.push_back(std::move(file));
  return list_result(context, request, "resources", all, [&](const Resource& resource) {
    return described(resource, "uri", resource.uri, request.version());
  });
}

Result list_templates(Context& context, Request& request) {
  return list_result(context, request, "resourceTemplates", context.features.templates,
                     [&](const ResourceTemplate& each) {
                       return described(each, "uriTemplate", each.uri_template, request.version());
                     });
}

OrderedJson wire_form(const ResourceContents& contents) {
  OrderedJson out = {{"uri", contents.uri}};
  put(out, "mimeType", contents.mime_type);
  if (contents.is_text) {
    out["text"] = contents.bytes;
  } else {
    out["blob"] = base64(contents.bytes);
  }
  return out;
}

std::vector<ResourceContents> contents_of(const Features& features, const Request& request,
                                          const std::string& uri) {
  for (const Resource& resource : features.resources) {
    if (resource.uri == uri) return resource.read(*request.call);
  }
  if (const SkillFile* file = find_skill_file(features.skills, uri)) {
    return {{uri, file->mime_type, std::string(file->bytes)}};
  }
  for (const ResourceTemplate& each : features.templates) {
    if (const auto values = match_uri(each.uri_template, uri)) {
      return each.read(*request.call, uri, *values);
    }
  }
  throw no_such_resource(*request.call, uri);
}

Result read(Context& context, Request& request) {
  const std::string& uri = string_param(request, "uri");
  OrderedJson list = OrderedJson::array();
  for (const ResourceContents& each : contents_of(context.features, request, uri)) {
    list.push_back(wire_form(each));
  }
  OrderedJson result = {{"contents", std::move(list)}};
  add_caching(result, request, 0, false);
  return {members_of(result)};
}

Result subscribe(Context&, Request& request) {
  request.peer->subscribe(string_param(request, "uri"), true);
  return {};
}

Result unsubscribe(Context&, Request& request) {
  request.peer->subscribe(string_param(request, "uri"), false);
  return {};
}

}  // namespace

RpcError no_such_resource(const Call& call, const std::string& uri) {
  const int code = call.version() == modern ? code::invalid_params : code::resource_not_found;
  return RpcError(code, "no resource " + echoed(uri), {{"uri", uri.substr(0, 2000)}});
}

const Method resource_methods[5] = {
    {"resources/list", Era::both, Pace::quick, has_resources, list},
    {"resources/templates/list", Era::both, Pace::quick, has_resources, list_templates},
    {"resources/read", Era::both, Pace::waits, has_resources, read},
    {"resources/subscribe", Era::only_legacy, Pace::quick, may_subscribe, subscribe},
    {"resources/unsubscribe", Era::only_legacy, Pace::quick, may_subscribe, unsubscribe},
};

}  // namespace mcp
