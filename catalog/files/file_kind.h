// What a file is: told by its first bytes, and held against its name. Called by `workspace.cc` for
// what is sent, and by `models/chat_files.cc` to choose how. Pure, on any thread; nothing is
// decoded.
#pragma once

#include <string_view>

namespace catalog {

enum class FileKind { text, image, pdf, audio };

// The media type ("image/png", "text/plain"), where name and content agree. Throws
// Refused{unsupported} when they do not, for anything else than text, images, PDF and audio, and
// for an image that claims an absurd size.
std::string_view media_type_of(std::string_view name, std::string_view bytes);
// The same by the first bytes alone, of whatever came back; "" when they say nothing.
std::string_view type_by_bytes(std::string_view bytes);

// Of one of those media types; anything else counts as text.
FileKind kind_of(std::string_view media_type);
// The modality that a model must take in the catalogue's words: "text", "image", "file", "audio".
std::string_view modality(FileKind kind);

}  // namespace catalog
