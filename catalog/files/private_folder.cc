#include "catalog/files/private_folder.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <vector>

namespace catalog {

std::string make_private_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> missing;
  for (fs::path each = folder; !each.empty() && !fs::exists(each, ignored);
       each = each.parent_path()) {
    missing.push_back(each);
  }
  for (auto each = missing.rbegin(); each != missing.rend(); ++each) {
    if (::mkdir(each->c_str(), 0700) == 0 || errno == EEXIST) continue;
    return fmt::format("{}: {}", each->string(), ::strerror(errno));
  }
  ::chmod(folder.c_str(), 0700);
  return {};
}

}  // namespace catalog
