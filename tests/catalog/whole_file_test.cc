// A file of our own that is whole or as it was.
#include "catalog/files/whole_file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/process.h"

using catalog::Durable;
using catalog::replace_file;

namespace {

std::size_t files_in(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE(
    "a file is replaced by all pieces, only its owner may read it, and nothing lies beside it") {
  const tests::Folder folder;
  const std::string path = folder.path() + "/file";
  CHECK(replace_file(path, {"old"}, Durable::no) == 0);
  CHECK(replace_file(path, {"a ", "", "new one"}, Durable::yes) == 0);
  CHECK(text_of(path) == "a new one");
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a file that cannot be written whole stays as it was, and the reason is told") {
  const tests::Folder folder;
  const std::string path = folder.path() + "/file";
  REQUIRE(replace_file(path, {"old"}, Durable::no) == 0);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit tight{1024, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const int why = replace_file(path, {std::string(5000, 'x')}, Durable::no);
  ::setrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, before);
  CHECK(why == EFBIG);
  CHECK(text_of(path) == "old");
  CHECK(files_in(folder.path()) == 1);
  CHECK(replace_file(folder.path() + "/none/file", {"x"}, Durable::no) == ENOENT);
}
