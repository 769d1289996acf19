#include "mcp/paging.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace mcp {

Page page_of(const Request& request, std::size_t list_size, std::size_t page_size) {
  std::size_t begin = 0;
  if (request.params.contains("cursor")) {
    const std::string& cursor = string_param(request, "cursor");
    const std::string prefix = fmt::format("{}/{}:", request.method, list_size);
    const bool ours = cursor.rfind(prefix, 0) == 0;
    const char* digits = cursor.data() + (ours ? prefix.size() : 0);
    const char* end = cursor.data() + cursor.size();
    const auto [stop, error] = std::from_chars(digits, end, begin);
    if (!ours || error != std::errc() || stop != end || begin > list_size) {
      throw RpcError(code::invalid_params, "no such cursor");
    }
  }
  const std::size_t end = std::min(list_size, begin + page_size);
  std::string next;
  if (end < list_size) next = fmt::format("{}/{}:{}", request.method, list_size, end);
  return {begin, end, std::move(next)};
}

}  // namespace mcp
