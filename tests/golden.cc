#include "tests/golden.h"
#include "tests/build.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tests {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::string text_of_file(const std::string& path) {
  const std::string whole = std::string(tests::build::tests_folder) + "/" + path;
  REQUIRE_MESSAGE(std::filesystem::exists(whole), "no file ", path);
  return read(whole);
}

std::string golden(const std::string& path) { return text_of_file("golden/" + path); }

void check_golden(const std::string& path, const std::string& now) {
  const std::string whole = std::string(tests::build::tests_folder) + "/golden/" + path;
  const std::string then = read(whole);
  CAPTURE(path);
  CHECK(now == then);
  if (now == then || std::getenv("ACCEPT") == nullptr) return;
  std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
  std::ofstream(whole) << now;
}

}  // namespace tests
