#include "catalog/files/file_kind.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "catalog/errors.h"
#include "catalog/files/beneath.h"
#include "catalog/files/image_size.h"

namespace catalog {
namespace {

constexpr std::uint32_t largest_side = 16'384;  // pixels

struct Extension {
  std::string_view name;
  std::string_view media_type;
};

constexpr std::array<Extension, 17> extensions = {{
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"pdf", "application/pdf"},
    {"wav", "audio/wav"},
    {"mp3", "audio/mpeg"},
    {"flac", "audio/flac"},
    {"ogg", "audio/ogg"},
    {"oga", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"m4a", "audio/mp4"},
    {"aac", "audio/aac"},
    {"aif", "audio/aiff"},
    {"aiff", "audio/aiff"},
    {"aifc", "audio/aiff"},
}};

struct Signature {
  std::string_view begin;
  std::string_view later;  // at `later_at`
  std::size_t later_at;
  std::string_view media_type;
};

constexpr std::array<Signature, 14> signatures = {{
    {"\x89PNG\r\n\x1A\n", "IHDR", 12, "image/png"},
    {"\xFF\xD8\xFF", "", 0, "image/jpeg"},
    {"GIF87a", "", 0, "image/gif"},
    {"GIF89a", "", 0, "image/gif"},
    {"RIFF", "WEBP", 8, "image/webp"},
    {"%PDF-", "", 0, "application/pdf"},
    {"RIFF", "WAVE", 8, "audio/wav"},
    {"ID3", "", 0, "audio/mpeg"},
    {"fLaC", "", 0, "audio/flac"},
    {"OggS", "", 0, "audio/ogg"},
    {"", "ftypM4A", 4, "audio/mp4"},
    {"", "ftypmp42", 4, "audio/mp4"},
    {"FORM", "AIFF", 8, "audio/aiff"},
    {"FORM", "AIFC", 8, "audio/aiff"},
}};

bool matches(const Signature& signature, std::string_view bytes) {
  if (!bytes.starts_with(signature.begin) || bytes.size() < signature.later_at) return false;
  return bytes.substr(signature.later_at).starts_with(signature.later);
}

// A frame without anything before it: eleven bits set, then version and layer (ISO
// 11172-3, 2.4.1.3; ADTS in ISO 14496-3, annex 1.A, has layer 0).
std::string_view audio_frame(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != '\xFF') return {};
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((second & 0xF6u) == 0xF0u) return "audio/aac";
  const bool layer_3 = (second & 0xE0u) == 0xE0u && (second & 0x06u) == 0x02u;
  return layer_3 && (second & 0x18u) != 0x08u ? "audio/mpeg" : "";
}

std::string_view sniffed(std::string_view bytes) {
  for (const Signature& signature : signatures) {
    if (matches(signature, bytes)) return signature.media_type;
  }
  return audio_frame(bytes);
}

std::string extension_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const std::size_t dot = name.rfind('.');
  std::string out(dot == std::string_view::npos ? "" : name.substr(dot + 1));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view promised(std::string_view extension) {
  for (const Extension& known : extensions) {
    if (known.name == extension) return known.media_type;
  }
  return {};
}

// How many bytes the character takes that `text` begins with (RFC 3629); 0: none.
std::size_t character_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
  const bool beyond = (first == 0xED && at(1) > 0x9F) || (first == 0xF4 && at(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

// UTF-8 without NUL.
bool is_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = character_bytes(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

[[noreturn]] void refuse(std::string_view name, std::string_view why, std::string_view advice) {
  throw Refused(Kind::unsupported, fmt::format("\"{}\" {}", shown(name), why), std::string(advice));
}

void check_size(std::string_view name, std::string_view media_type, std::string_view bytes) {
  const auto size = image_size(media_type, bytes);
  if (!size || (size->width <= largest_side && size->height <= largest_side)) return;
  refuse(name, fmt::format("claims {} x {} pixels", size->width, size->height),
         "Send a smaller image.");
}

}  // namespace

std::string_view type_by_bytes(std::string_view bytes) { return sniffed(bytes); }

std::string_view media_type_of(std::string_view name, std::string_view bytes) {
  const std::string extension = extension_of(name);
  const std::string_view named = promised(extension);
  const std::string_view found = sniffed(bytes);
  const std::string_view holds = found.empty() ? "something else" : found;
  const bool agree = named == found || (extension.empty() && !found.empty());
  if (!agree) {
    refuse(name, fmt::format("is not what its name says: it holds {}", holds),
           "Send the file under the name that fits it.");
  }
  if (!found.empty()) {
    check_size(name, found, bytes);
    return found;
  }
  if (!is_text(bytes)) {
    refuse(name, "is not UTF-8 text, nor an image, PDF or audio file that can be sent",
           "Convert it to text, or to png, jpeg, gif, webp, pdf, wav or mp3.");
  }
  return "text/plain";
}

FileKind kind_of(std::string_view media_type) {
  if (media_type.starts_with("image/")) return FileKind::image;
  if (media_type.starts_with("audio/")) return FileKind::audio;
  return media_type == "application/pdf" ? FileKind::pdf : FileKind::text;
}

std::string_view modality(FileKind kind) {
  switch (kind) {
    case FileKind::text:
      return "text";
    case FileKind::image:
      return "image";
    case FileKind::pdf:
      return "file";
    case FileKind::audio:
      return "audio";
  }
  return "";
}

}  // namespace catalog
