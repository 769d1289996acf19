#include "tests/canary.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>

#include "catalog/base64.h"
#include "tests/gateway_replies.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

std::mutex mutex;  // guards found
std::vector<std::string> found;
std::atomic<int> looked = 0;

std::string spelled(const char* each) {
  std::string out;
  for (const char c : test_key) {
    out += fmt::format(fmt::runtime(each), static_cast<unsigned char>(c));
  }
  return out;
}

// The middle of the key at each of the three offsets of base64, without what its neighbours touch.
std::string base64_middle(std::size_t offset) {
  const std::string whole = catalog::base64_encoded(std::string(offset, ' ') + test_key);
  return whole.substr(4, whole.size() - 8);
}

// Never destroyed: the folders that are shared by all tests are looked through as the last of all.
const std::vector<std::string>& dresses() {
  static const auto* const all = new std::vector<std::string>{
      test_key,          test_key.substr(9, 24), spelled("{:02x}"),
      spelled("{:02X}"), spelled("%{:02X}"),     spelled("%{:02x}"),
      base64_middle(0),  base64_middle(1),       base64_middle(2)};
  return *all;
}

// The beginning, for a test may leave a file of gigabytes that holds nothing.
std::string content(const fs::path& path) {
  constexpr std::size_t most = std::size_t{64} << 20;
  constexpr std::size_t piece = std::size_t{64} << 10;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (bool more = true; more && text.size() < most;) {
    const std::size_t before = text.size();
    text.resize(before + piece);
    file.read(text.data() + before, piece);
    text.resize(before + static_cast<std::size_t>(file.gcount()));
    more = text.size() == before + piece;
  }
  return text;
}

void remember(const std::string& place) {
  const std::lock_guard lock(mutex);
  found.push_back(place);
}

bool is_for_keys(const fs::path& path) { return path.parent_path().filename() == "keys"; }

}  // namespace

bool holds_canary(std::string_view text) {
  for (const std::string& dress : dresses()) {
    if (text.find(dress) != std::string_view::npos) return true;
  }
  return false;
}

std::vector<std::string> files_with_canary(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone) || entry->is_symlink(gone) || is_for_keys(entry->path())) {
      continue;
    }
    ++looked;
    if (holds_canary(content(entry->path()))) files.push_back(entry->path().string());
  }
  return files;
}

void look_for_canary(const std::string& folder) {
  for (const std::string& file : files_with_canary(folder)) remember(file);
}

void look_for_canary_of_process(int pid) {
  for (const char* what : {"cmdline", "environ"}) {
    const std::string path = fmt::format("/proc/{}/{}", pid, what);
    ++looked;
    if (holds_canary(content(path))) remember(path);
  }
}

int canary_verdict() {
  const std::lock_guard lock(mutex);
  for (const std::string& place : found) {
    std::fprintf(stderr, "the test key was found in %s\n", place.c_str());
  }
  if (found.empty()) std::fprintf(stderr, "the test key is in none of %d places\n", looked.load());
  return found.empty() ? 0 : 1;
}

}  // namespace tests
