// A workspace of its own with things in and beside it, and what is said of them, for the tests of
// files.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "catalog/errors.h"
#include "catalog/files/output_folder.h"
#include "catalog/files/workspace.h"
#include "tests/process.h"

namespace tests {

namespace fs = std::filesystem;

inline const std::string openrouter_key = "sk-or-v1-" + std::string(64, 'a');

struct WorkspaceRig {
  Folder folder;
  const fs::path root = fs::path(folder.path()) / "w";
  const fs::path outside = fs::path(folder.path()) / "outside";

  WorkspaceRig() {
    fs::create_directory(root);
    fs::create_directory(outside);
    put(outside / "secret.txt", "outside");
  }

  static void put(const fs::path& path, std::string_view bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  void add(const std::string& name, std::string_view bytes = "inside") { put(root / name, bytes); }

  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  // The content of a file that may be sent; "kind: what happened" of one that may not.
  std::string read(const std::string& path) const {
    try {
      return catalog::Workspace(root).read({path}).front().bytes;
    } catch (const catalog::Refused& refused) {
      return std::string(name(refused.kind)) + ": " + refused.what_happened;
    }
  }
  // The path that was written; "kind: what happened" where nothing is.
  std::string write(const std::string& save_to, std::string_view bytes = "answer") const {
    try {
      return catalog::OutputFolder(root, save_to).write(bytes);
    } catch (const catalog::Refused& refused) {
      return std::string(name(refused.kind)) + ": " + refused.what_happened;
    }
  }
};

}  // namespace tests
