// A TOML text of the user's and where its parts stand, so that a table can be added, changed or
// removed while every other byte stays as it is. Only what Codex's configuration needs is
// understood; all of the grammar is passed over. Pure, on the main thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/json.h"

namespace tools {

using TomlPath = std::vector<std::string>;

struct TomlKey {
  TomlPath path;  // within its table
  std::size_t line_begin = 0;
  std::size_t line_end = 0;  // after the line's end
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
  std::vector<std::string> texts;  // of a string, or of an array of strings
};

struct TomlTable {
  TomlPath path;          // empty: what stands before the first header
  bool repeated = false;  // [[a]]
  std::size_t begin = 0;
  std::size_t end = 0;  // after the line of its last key, or its header: comments come after
  std::vector<TomlKey> keys;
};

// In their order; the first is the one without a header. Throws std::runtime_error "line 3, column
// 5: expected …".
std::vector<TomlTable> read_toml_text(std::string_view text);

// `key = value` for each member, which may be a string, a number, true or false, or a list of
// strings.
std::string toml_lines(const mcp::OrderedJson& members, std::string_view line_end);
std::string toml_value(const mcp::OrderedJson& value);

}  // namespace tools
