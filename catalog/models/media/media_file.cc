#include "catalog/models/media/media_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "catalog/agents/bounded_json.h"
#include "catalog/base64.h"
#include "catalog/clean_text.h"
#include "catalog/files/file_kind.h"
#include "catalog/files/image_size.h"

namespace catalog {
namespace {

struct TypeExtension {
  std::string_view media_type;
  std::string_view extension;
};

constexpr std::array<TypeExtension, 18> extensions = {{
    {"image/png", "png"},
    {"image/jpeg", "jpg"},
    {"image/webp", "webp"},
    {"image/gif", "gif"},
    {"image/svg+xml", "svg"},
    {"audio/mpeg", "mp3"},
    {"audio/wav", "wav"},
    {"audio/ogg", "ogg"},
    {"audio/flac", "flac"},
    {"audio/aac", "aac"},
    {"audio/mp4", "m4a"},
    {"audio/aiff", "aiff"},
    {"audio/pcm", "pcm"},
    {"video/mp4", "mp4"},
    {"video/webm", "webm"},
    {"video/quicktime", "mov"},
    {"audio/mp3", "mp3"},
    {"audio/x-wav", "wav"},
}};

// ISO/IEC 14496-12 (a box "ftyp" stands first), and EBML, in which WebM is written.
std::string_view video_type(std::string_view bytes) {
  if (bytes.starts_with("\x1A\x45\xDF\xA3")) return "video/webm";
  if (bytes.size() < 12 || bytes.substr(4, 4) != "ftyp") return {};
  return bytes.substr(8, 4) == "qt  " ? "video/quicktime" : "video/mp4";
}

std::string_view type_of(std::string_view bytes) {
  const std::string_view known = type_by_bytes(bytes);
  const std::string_view video = video_type(bytes);
  return known == "audio/mp4" && bytes.substr(8, 3) != "M4A" ? video
         : known.empty()                                     ? video
                                                             : known;
}

std::string plain_type(std::string_view claimed) {
  std::string type = clean_text(claimed.substr(0, claimed.find(';')).substr(0, 100));
  const bool shaped =
      type.find('/') != std::string::npos && std::all_of(type.begin(), type.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '/' || c == '+' || c == '.' || c == '-';
      });
  return shaped ? type : "application/octet-stream";
}

// The number behind `name=` in a header's parameters, when it is within the bounds.
template <class Number>
Number parameter(std::string_view content_type, std::string_view name, Number least, Number most,
                 Number otherwise) {
  const std::size_t at = content_type.find(name);
  if (at == std::string_view::npos) return otherwise;
  const std::string_view text = content_type.substr(at + name.size());
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool read = error == std::errc() && end != text.data();
  return read && number >= least && number <= most ? number : otherwise;
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFFu);
}

std::string summary_of(const FilePart& file) {
  if (!file.url.empty()) return file.name + ": only at an address";
  std::string text = fmt::format("{}: {}", file.name, file.media_type);
  if (const auto size = image_size(file.media_type, file.bytes)) {
    text += fmt::format(", {} x {}", size->width, size->height);
  }
  return text + fmt::format(", {} bytes", file.bytes.size());
}

}  // namespace

std::string_view extension_of_type(std::string_view media_type) {
  for (const TypeExtension& each : extensions) {
    if (each.media_type == media_type) return each.extension;
  }
  return "bin";
}

std::string name_for(const std::string& wanted, std::string_view media_type) {
  const std::string_view extension = extension_of_type(media_type);
  if (extension == "bin") return wanted;
  const std::size_t dot = wanted.rfind('.');
  const std::string has =
      dot == std::string::npos || dot == 0 ? std::string() : lower_case(wanted.substr(dot + 1));
  if (has == extension || (has == "jpeg" && extension == "jpg")) return wanted;
  const bool replaced = std::any_of(extensions.begin(), extensions.end(),
                                    [&](const auto& each) { return each.extension == has; });
  return fmt::format("{}.{}", replaced ? wanted.substr(0, dot) : wanted, extension);
}

FilePart made_file(std::string_view stem, std::string_view claimed, std::string bytes) {
  FilePart file;
  file.media_type = type_of(bytes);
  if (file.media_type.empty()) file.media_type = plain_type(claimed);
  file.name = fmt::format("{}.{}", stem, extension_of_type(file.media_type));
  file.bytes = std::move(bytes);
  return file;
}

std::optional<FilePart> file_of_url(std::string_view stem, const std::string& url) {
  constexpr std::string_view data = "data:";
  constexpr std::string_view base64 = ";base64,";
  constexpr std::size_t longest_address = 2000;
  if (url.starts_with(data)) {
    const std::size_t comma = url.find(base64);
    if (comma == std::string::npos || comma > 200) return std::nullopt;
    auto bytes = base64_decoded(std::string_view(url).substr(comma + base64.size()));
    if (!bytes || bytes->empty()) return std::nullopt;
    return made_file(stem, std::string_view(url).substr(data.size(), comma - data.size()),
                     *std::move(bytes));
  }
  const bool address = url.starts_with("https://") && url.size() <= longest_address &&
                       clean_text(url) == url && url.find_first_of(" \t\r\n") == std::string::npos;
  if (!address) return std::nullopt;
  FilePart file;
  file.name = stem;
  file.url = url;
  return file;
}

PcmFormat pcm_format(std::string_view content_type) {
  const PcmFormat usual;
  return {parameter<std::uint32_t>(content_type, "rate=", 1'000, 384'000, usual.rate),
          parameter<std::uint16_t>(content_type, "channels=", 1, 8, usual.channels)};
}

// RIFF, "WAVE", a chunk "fmt " of 16 bytes, a chunk "data" (Microsoft and IBM, "Multimedia
// Programming Interface and Data Specifications 1.0").
std::string as_wav(std::string pcm, const PcmFormat& format) {
  constexpr std::uint32_t bytes_a_sample = 2;
  const std::uint32_t frame = bytes_a_sample * format.channels;
  const auto size = static_cast<std::uint32_t>(pcm.size() - pcm.size() % bytes_a_sample);
  std::string wav("RIFF");
  wav.reserve(pcm.size() + 44);
  append_little_endian(wav, size + 36, 4);
  wav += "WAVEfmt ";
  append_little_endian(wav, 16, 4);
  append_little_endian(wav, 1, 2);  // PCM
  append_little_endian(wav, format.channels, 2);
  append_little_endian(wav, format.rate, 4);
  append_little_endian(wav, format.rate * frame, 4);
  append_little_endian(wav, frame, 2);
  append_little_endian(wav, 8 * bytes_a_sample, 2);
  wav += "data";
  append_little_endian(wav, size, 4);
  wav.append(pcm, 0, size);
  return wav;
}

std::string summary_of(const std::vector<FilePart>& files) {
  std::string text;
  for (const FilePart& file : files) {
    if (!text.empty()) text += '\n';
    text += summary_of(file);
  }
  return text;
}

}  // namespace catalog
