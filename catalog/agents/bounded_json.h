// JSON that strangers wrote, read without trusting it: bounded in depth and in number of values
// before a document is built from it, and members taken leniently, under any of the names they go
// by. Called by everything in this room that decodes; pure, on any thread. Nothing here throws on
// odd input.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "nlohmann/json_fwd.hpp"

namespace catalog {

// The document, or nothing when it is not JSON, nests deeper than 64 or holds more than a million
// values (a document of 64 MiB can otherwise take gigabytes, and a deep one the stack).
std::optional<nlohmann::json> parse_bounded(std::string_view text);
// Whether a document may be built of it: nothing nests deeper than 64, and there are at most
// `max_values`. Malformed text may pass.
bool within_bounds(std::string_view text, std::size_t max_values);

using Names = std::initializer_list<const char*>;

// The first of those members that is there and not null; nullptr when `object` has none of them.
const nlohmann::json* member(const nlohmann::json& object, Names names);
// The member when it is an array; nullptr otherwise.
const nlohmann::json* list_member(const nlohmann::json& object, Names names);
// A string member, cut to `max_bytes` and cleaned of what must not be shown; "" when it is absent
// or not a string.
std::string text_member(const nlohmann::json& object, Names names, std::size_t max_bytes = 4096);
// An id that is sent back just as it came: "" when it is longer than 512 bytes or holds what must
// not be shown, because a part of it would name something else.
std::string id_member(const nlohmann::json& object, Names names);
// Whether the member is `true`.
bool flag_member(const nlohmann::json& object, Names names);
// A number, or a string that holds one (some directories write decimals as strings).
std::optional<double> number_member(const nlohmann::json& object, Names names);

// Compact JSON; bytes that are not UTF-8 are replaced.
std::string dumped(const nlohmann::json& value);
// `text` with at most `max_bytes`, cut between characters, an ellipsis marking the cut.
std::string cut_text(std::string_view text, std::size_t max_bytes);
std::string lower_case(std::string_view text);  // ASCII only

}  // namespace catalog
