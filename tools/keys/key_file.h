// Keys in files: of the user's own making, and those that `patchbay login` leaves. What others
// could have read or written is refused, not warned about. On the thread of the call that needs the
// key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// The key in `file`; nothing when there is no such file. Throws std::runtime_error, for the user,
// when it is not a file of theirs alone (0600) in a folder that nobody else may write, when it lies
// below one of `workspaces`, where an agent could read it, or when it holds no key.
std::optional<std::string> read_key_file(const std::string& file,
                                         const std::vector<std::string>& workspaces);
// A whole new file in place of an old one, 0600, its folder 0700. Throws std::runtime_error.
void write_key_file(const std::string& file, const std::string& key);

// Why that cannot be a key: empty, above 4096 bytes, several lines, other than visible ASCII. Empty
// when it can.
std::string_view key_problem(std::string_view text);
// `text` without the line's end. Throws std::runtime_error when that has a problem.
std::string checked_key(std::string text);

}  // namespace tools
