#include "mcp/request.h"

namespace mcp {

std::string members_of(const OrderedJson& object) {
  const std::string text = dump(object);
  return text.substr(1, text.size() - 2);
}

const std::string& string_param(const Request& request, const char* name) {
  const auto at = request.params.find(name);
  if (at == request.params.end() || !at->is_string()) {
    throw RpcError(code::invalid_params, std::string(name) + " must be a string");
  }
  return at->get_ref<const std::string&>();
}

void add_caching(OrderedJson& result, const Request& request, int ttl_ms, bool is_public) {
  if (!request.is_modern()) return;
  result["ttlMs"] = ttl_ms;
  result["cacheScope"] = is_public ? "public" : "private";
}

std::string echoed(std::string_view text) { return dump(Json(std::string(text.substr(0, 100)))); }

}  // namespace mcp
