// Folders of our own, which nobody else may look into: for the state, keys and tokens. Any thread;
// processes may do it at once.
#pragma once

#include <string>

namespace catalog {

// Makes `folder` and what is missing above it, 0700. "", or what could not be made and why:
// "/home/me/.local: Permission denied".
std::string make_private_folder(const std::string& folder);

}  // namespace catalog
