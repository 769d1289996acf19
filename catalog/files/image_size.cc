#include "catalog/files/image_size.h"

namespace catalog {
namespace {

std::uint32_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte(bytes, at + i);
  return value;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8 | byte(bytes, at + i - 1);
  return value;
}

// PNG, section 11.2.2: IHDR comes first.
std::optional<ImageSize> png_size(std::string_view bytes) {
  if (bytes.size() < 24) return std::nullopt;
  return ImageSize{big_endian(bytes, 16, 4), big_endian(bytes, 20, 4)};
}

std::optional<ImageSize> gif_size(std::string_view bytes) {
  if (bytes.size() < 10) return std::nullopt;
  return ImageSize{little_endian(bytes, 6, 2), little_endian(bytes, 8, 2)};
}

// Only the extended format can claim more than 16383 pixels (RFC 9649, section 2.7).
std::optional<ImageSize> webp_size(std::string_view bytes) {
  if (bytes.size() < 30 || bytes.substr(12, 4) != "VP8X") return std::nullopt;
  return ImageSize{little_endian(bytes, 24, 3) + 1, little_endian(bytes, 27, 3) + 1};
}

bool begins_frame(std::uint32_t marker) {
  const bool other_table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
  return marker >= 0xC0 && marker <= 0xCF && !other_table;
}

// ITU T.81, annex B: segments with their lengths until the frame header.
std::optional<ImageSize> jpeg_size(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 9 <= bytes.size() && byte(bytes, at) == 0xFF) {
    const std::uint32_t marker = byte(bytes, at + 1);
    if (marker == 0xFF) {  // padding
      ++at;
      continue;
    }
    if (begins_frame(marker)) {
      return ImageSize{big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2)};
    }
    at += 2 + big_endian(bytes, at + 2, 2);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageSize> image_size(std::string_view media_type, std::string_view bytes) {
  if (media_type == "image/png") return png_size(bytes);
  if (media_type == "image/jpeg") return jpeg_size(bytes);
  if (media_type == "image/gif") return gif_size(bytes);
  if (media_type == "image/webp") return webp_size(bytes);
  return std::nullopt;
}

}  // namespace catalog
