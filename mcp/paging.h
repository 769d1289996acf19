// Pages of a list (section "Pagination"). A cursor names the place and the list it belongs to, so
// that one of another list, or of an older program, is refused instead of misread.
#pragma once

#include <cstddef>
#include <string>

#include "mcp/request.h"

namespace mcp {

struct Page {
  std::size_t begin;
  std::size_t end;
  std::string next_cursor;  // "": this is the last page
};

// Throws RpcError{invalid_params} for a cursor that is not one of ours.
Page page_of(const Request& request, std::size_t list_size, std::size_t page_size);

// A list of wire forms under its name, with the cursor and the caching marks.
template <class Item, class Wire>
Result list_result(const Context& context, const Request& request, const char* name,
                   const std::vector<Item>& items, Wire wire) {
  const Page page = page_of(request, items.size(), context.features.page_size);
  OrderedJson list = OrderedJson::array();
  for (std::size_t i = page.begin; i < page.end; ++i) list.push_back(wire(items[i]));
  OrderedJson result = {{name, std::move(list)}};
  if (!page.next_cursor.empty()) result["nextCursor"] = page.next_cursor;
  // What can change is told of, but only to who listens: it may be kept for a minute.
  add_caching(result, request, context.features.lists_change ? 60'000 : 3'600'000, true);
  return {members_of(result)};
}

}  // namespace mcp
