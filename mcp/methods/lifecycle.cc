// How a connection begins, in both eras, and what keeps it alive.
#include "mcp/capabilities.h"
#include "mcp/meta.h"
#include "mcp/request.h"
#include "mcp/subscriptions.h"

namespace mcp {
namespace {

// Settles on the revision that was asked for, or the newest that has a handshake (section "Version
// negotiation"). May come at any time, and again.
Result initialize(Context& context, Request& request) {
  const auto asked = version_named(string_param(request, "protocolVersion"));
  Client client = legacy_client(request.params);
  client.version = asked && *asked != modern ? *asked : newest_legacy;
  const Version settled = client.version;
  request.peer->negotiate(std::move(client));
  context.subscriptions.know(request.peer);
  return {members_of({{"protocolVersion", name(settled)},
                      {"capabilities", capabilities(context.features, settled)},
                      {"serverInfo", implementation(context.info, settled)},
                      {"instructions", context.info.instructions}})};
}

Result discover(Context& context, Request&) {
  return {members_of({{"supportedVersions", {name(modern)}},
                      {"capabilities", capabilities(context.features, modern)},
                      {"instructions", context.info.instructions},
                      {"ttlMs", cache_ttl_ms},
                      {"cacheScope", "public"}})};
}

Result ping(Context&, Request&) { return {}; }

Result set_level(Context&, Request& request) {
  const auto level = log_level_named(string_param(request, "level"));
  if (!level) throw RpcError(code::invalid_params, "there is no such log level");
  request.peer->log_from(*level);
  return {};
}

bool always(const Features&) { return true; }

}  // namespace

const Method lifecycle_methods[4] = {
    {"initialize", Era::only_legacy, Pace::quick, always, initialize},
    // Asked without `_meta` too, by clients that probe before they know the era.
    {"server/discover", Era::both, Pace::quick, always, discover},
    {"ping", Era::only_legacy, Pace::quick, always, ping},
    {"logging/setLevel", Era::only_legacy, Pace::quick,
     [](const Features& features) { return features.logging; }, set_level},
};

}  // namespace mcp
