// Finding a file below a folder without ever leaving it, whoever else moves things about meanwhile.
// Called by `workspace.cc` and `output_folder.cc` on the thread of the call; blocks only for the
// disk.
//
// The path is walked here, one name at a time, each looked up in the folder that was opened for the
// one before and never through a symbolic link. A link is read and its names are walked in its
// place, so one that stays inside works and one that leads out is refused. The kernel's own
// confined lookup (openat2 with RESOLVE_BENEATH) is not used, because it does not say what the file
// is really called, and a harmless name may be a link to a `.env`.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "catalog/files/descriptor.h"

namespace catalog {

struct Place {
  Descriptor folder;               // that holds it
  std::string name;                // in there; empty: the path led to the root itself
  std::vector<std::string> names;  // from the root, links resolved: what it is really called
  mode_t mode = 0;                 // as it was found; never that of a link
};

// The names that a path consists of, without empty ones and ".". Throws Refused{path_denied} for an
// absolute path, "..", a name with control characters, and a path of absurd length.
std::vector<std::string> names_of(std::string_view path);

// `path` as it stands below `root`, for a path that is absolute and lies there; else unchanged.
std::string_view below(std::string_view root, std::string_view path);

// Opens a folder by its absolute path. Throws Refused{path_denied}.
Descriptor open_root(const std::string& folder);

// Throws Refused: not_found, or path_denied for what leads out of the root.
Place find_beneath(const Descriptor& root, std::string_view path);

// The folder of that name within another, never through a link; made when it is not there and
// `make` is set. Not open: errno says why.
Descriptor open_folder(const Descriptor& within, const std::string& name, bool make = false);

// "a/b/c", as it may be shown.
std::string joined(const std::vector<std::string>& names);
std::string shown(std::string_view path);

}  // namespace catalog
