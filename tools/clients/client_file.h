// A client's configuration file: read whole, and written as one new file in the old one's place, so
// that no reader ever meets half of it. Main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tools {

struct ClientFile {
  std::string path;                 // behind all symbolic links
  std::optional<std::string> text;  // nothing: there is no such file
};

// Throws std::runtime_error, for the user: it cannot be read, is no regular file, is too large.
ClientFile read_client_file(const std::string& path);

// Puts `text` in its place, with the mode it has, or 0600; nothing: the file is removed. Returns
// the folders that had to be made, outermost first. Throws std::runtime_error when that fails, or
// when the file is no longer what was read; it is then as it was.
std::vector<std::string> write_client_file(const ClientFile& file,
                                           const std::optional<std::string>& text);

}  // namespace tools
