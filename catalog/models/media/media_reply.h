// What replies of the media endpoints have in common: the usage with its cost, and an error where a
// file should be. Called by the endpoints on the call's own thread; nothing here builds a tree of a
// reply that may hold many megabytes.
#pragma once

#include <string_view>

#include "catalog/answer.h"
#include "catalog/errors.h"
#include "catalog/models/json_cursor.h"
#include "catalog/models/media/media.h"

namespace catalog {

// Reads `usage` at the cursor: tokens, and what was charged.
void read_media_usage(JsonCursor& json, Answer& answer);

// Reads a reply that is a JSON object: `member(key, cursor)` for what the endpoint wants; the usage
// is read here. Throws UpstreamError for an error inside of it, and for what is no JSON object.
void read_media_reply(const MediaCall& call, const Response& reply, Answer& answer,
                      const std::function<void(std::string_view key, JsonCursor& json)>& member);

// Throws the error that stands, or may stand, where a file should be: JSON, a page.
[[noreturn]] void fail_without_file(const MediaCall& call, const Response& reply);

// A reply without what was paid for. Billed as far as its cost tells.
UpstreamError nothing_made(const MediaCall& call, const Answer& answer);

}  // namespace catalog
