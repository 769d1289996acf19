// Names that are never sent away, and names that are never written, wherever in the workspace they
// stand. Called by `workspace.cc` and `output_folder.cc`; pure, on any thread. Case does not
// matter: some disks do not know it either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace catalog {

// The first of the names that keeps secrets (`.env`, `id_rsa`, `.git`, an agent's configuration);
// "" when none does.
std::string_view keeps_secrets(const std::vector<std::string>& names);

// The first of the names that some program obeys: hidden ones, and what agents read for their
// instructions (`CLAUDE.md`); "" when none is.
std::string_view is_obeyed(const std::vector<std::string>& names);

}  // namespace catalog
