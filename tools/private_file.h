// Files that decide what is trusted, or that hold a secret: the configuration, keys, tokens. Read
// only where nobody else can have written them; what is not so is refused, not warned about. On the
// thread of whoever needs the file.
#pragma once

#include <optional>
#include <string>

namespace tools {

enum class Privacy {
  written_by_nobody_else,  // root may own it, others may read it, and a link leads to it
  read_by_nobody_else,     // the user's own file, 0600, and no link
};

// The text of `path`; nothing when there is no such file. Throws std::runtime_error, for the user,
// where it cannot be looked at, is no regular file or larger than `most` bytes, or where it, or its
// folder, is not as private as that.
std::optional<std::string> read_private_file(const std::string& path, Privacy privacy,
                                             std::size_t most);

}  // namespace tools
