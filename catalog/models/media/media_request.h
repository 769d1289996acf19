// How requests for media are written: the members that several endpoints share. Called by the
// endpoints, pure.
#pragma once

#include <string>
#include <string_view>

#include "catalog/models/media/media.h"

namespace catalog {

// The text as JSON; bytes that are not UTF-8 are replaced.
std::string json_quoted(const std::string& text);

// `{"model":"…"`, the prompt under the name of `text_member` ("": it is not sent), the options, and
// the routing preferences. The object is still open.
std::string begun_request(const MediaCall& call, std::string_view text_member);

// `{"type":"image_url","image_url":{"url":"data:…"}` and `more` before the end.
void append_image(std::string& body, const FilePart& file, std::string_view more = {});

// Throws Refused for files that are no images, and for more than `most`.
void require_images(const MediaCall& call, std::size_t most);
// Throws Refused for an empty prompt.
void require_text(const MediaCall& call);

}  // namespace catalog
