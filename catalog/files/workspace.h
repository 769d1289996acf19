// The folder that files may be sent from. Made for one call that names files, on its thread, and
// gone with it; it blocks only for the disk. What a call names may be steered by anything the
// caller's model has read, so nothing leaves the folder, nothing that keeps keys is opened, and
// what holds a key is not sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/files/descriptor.h"

namespace catalog {

constexpr std::size_t most_files = 20;
constexpr std::size_t largest_file = std::size_t{10} << 20;
// Of all together: as base64, in a request that is held once, they stay below 64 MiB of memory.
constexpr std::size_t largest_files = std::size_t{16} << 20;

class Workspace {
 public:
  // `root` is absolute. Throws Refused{path_denied} when it cannot be opened.
  explicit Workspace(std::string root);

  const std::string& root() const { return root_; }

  // The files of those paths, each a relative one or one below the root, in their order. Throws
  // Refused: path_denied, not_found, unsupported (not a regular file, or of a kind that cannot be
  // sent), too_long, secret_found.
  std::vector<FilePart> read(const std::vector<std::string>& paths) const;

 private:
  FilePart read_one(std::string_view path, std::size_t room) const;

  const std::string root_;
  Descriptor folder_;
};

}  // namespace catalog
