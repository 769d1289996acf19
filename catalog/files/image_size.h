// The size that an image claims in its header. Called by `file_kind.cc`; pure, on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace catalog {

struct ImageSize {  // pixels
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

// Of a PNG, JPEG, GIF or WebP; nothing when the header is cut off or says nothing.
std::optional<ImageSize> image_size(std::string_view media_type, std::string_view bytes);

}  // namespace catalog
