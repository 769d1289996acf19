// A JSON text of the user's, with comments perhaps, and where its parts stand: so that one member
// can be set or removed while every other byte stays as it is, and so that what is wrong in it can
// be said with its place. For configuration files, on the main thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/json.h"

namespace tools {

struct JsonMember;

struct JsonNode {
  char kind = '\0';  // its first character: {, [, ", a digit or a letter
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<JsonMember> members;  // of an object that lies at most five deep

  // The last of that name, null when there is none.
  const JsonMember* find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  std::size_t key_begin = 0;
  JsonNode value;
};

using JsonPath = std::vector<std::string>;

// "line 3, column 5" of that byte; a column counts characters, from 1.
std::string place_in(std::string_view text, std::size_t at);

// Comments and a comma after the last member are allowed; nothing but those is no node (kind '\0').
// Throws std::runtime_error "line 3, column 5: expected …".
JsonNode read_json_text(std::string_view text);
// The node at that path, null when there is none.
const JsonNode* node_at(const JsonNode& root, const JsonPath& path);

// The text with that value there, set in the manner of the text around it; objects on the way are
// made. Throws std::runtime_error when something on the way is not an object.
std::string with_member(std::string_view text, const JsonPath& path, const mcp::OrderedJson& value);
// The text without that member; as it was when there is none.
std::string without_member(std::string_view text, const JsonPath& path);

}  // namespace tools
