#include "tools/preview.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "mcp/tool.h"

namespace tools {
namespace {

constexpr std::size_t largest = 64 * 1024;
constexpr std::array<std::string_view, 4> shown = {"image/png", "image/jpeg", "image/gif",
                                                   "image/webp"};

bool is_shown(const catalog::FilePart& file) {
  return !file.bytes.empty() && file.bytes.size() <= largest &&
         std::find(shown.begin(), shown.end(), file.media_type) != shown.end();
}

}  // namespace

std::vector<mcp::OrderedJson> previews_of(const catalog::Answer& answer) {
  const auto file = std::find_if(answer.files.begin(), answer.files.end(), is_shown);
  if (file == answer.files.end()) return {};
  return {mcp::image_block(file->bytes, file->media_type)};
}

}  // namespace tools
