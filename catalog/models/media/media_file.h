// The files that models make: told apart by their first bytes rather than by what is said of them,
// decoded within bounds, and described in a few words, because only these reach the caller's
// context. Pure, on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"

namespace catalog {

// A file of those bytes, its type by the bytes themselves, else `claimed`; its name is `stem` with
// the extension of that type.
FilePart made_file(std::string_view stem, std::string_view claimed, std::string bytes);

// The same of "data:image/png;base64,…", or of an address where the file is, which is shown and
// never fetched; nothing of what is neither.
std::optional<FilePart> file_of_url(std::string_view stem, const std::string& url);

// "png" of "image/png"; "bin" of what is not known here.
std::string_view extension_of_type(std::string_view media_type);
// The name that was asked for, for a file of that type: "cat" and "cat.png" become "cat.jpg" for a
// JPEG, "cat.txt" becomes "cat.txt.jpg". Unchanged where the type is nothing that this room makes.
std::string name_for(const std::string& wanted, std::string_view media_type);

// Sound without a header, as 16 bits little endian (`audio/pcm;rate=24000;channels=1`).
struct PcmFormat {
  std::uint32_t rate = 24'000;
  std::uint16_t channels = 1;
};
PcmFormat pcm_format(std::string_view content_type);
// With the header of a WAV file before it.
std::string as_wav(std::string pcm, const PcmFormat& format);

// "image-1.png: image/png, 1024 x 1024, 68123 bytes", a line for each.
std::string summary_of(const std::vector<FilePart>& files);

}  // namespace catalog
