#include "tools/tokens.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/process.h"

using tools::Tokens;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("a token names who has it, and is kept nowhere") {
  tests::Folder folder;
  Tokens tokens(folder.path() + "/state");
  CHECK(tokens.list().empty());
  const std::string ann = tokens.add("ann", {});
  const std::string bob = tokens.add("bob", std::chrono::hours(1));
  CHECK(ann.rfind("patchbay_", 0) == 0);
  CHECK(ann.size() == 9 + 64);
  CHECK(ann != bob);
  CHECK(tokens.principal_of(ann) == "ann");
  CHECK(tokens.principal_of(bob) == "bob");
  for (std::size_t i = 0; i < ann.size(); ++i) {
    std::string nearly = ann;
    nearly[i] = nearly[i] == '0' ? '1' : '0';
    CHECK_FALSE(tokens.principal_of(nearly));
  }
  for (const std::string& wrong :
       {std::string(), ann + "x", ann.substr(0, 72), std::string("ann")}) {
    CHECK_FALSE(tokens.principal_of(wrong));
  }
  const std::string file = folder.path() + "/state/tokens.json";
  CHECK(text_of(file).find(ann.substr(9, 20)) == std::string::npos);
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(::stat((folder.path() + "/state").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a token that is revoked or over is worth nothing") {
  tests::Folder folder;
  Tokens tokens(folder.path());
  const std::string ann = tokens.add("ann", {});
  const std::string late = tokens.add("late", std::chrono::seconds(-1));
  CHECK_FALSE(tokens.principal_of(late));
  CHECK(tokens.revoke("ann"));
  CHECK_FALSE(tokens.revoke("ann"));
  CHECK_FALSE(Tokens(folder.path()).principal_of(ann));
  REQUIRE(tokens.list().size() == 1);
  CHECK(tokens.list()[0].name == "late");
}

TEST_CASE("names are names, and each has one token") {
  tests::Folder folder;
  Tokens tokens(folder.path());
  tokens.add("ann", {});
  for (const std::string& name : {std::string("ann"), std::string(), std::string("a b"),
                                  std::string("a\"b"), std::string(65, 'x')}) {
    CAPTURE(name);
    CHECK_THROWS_AS(tokens.add(name, {}), std::runtime_error);
  }
  CHECK_THROWS_AS(Tokens(""), std::runtime_error);
}

TEST_CASE("a file that others can read, or that is damaged, lets nobody in") {
  tests::Folder folder;
  const std::string file = folder.path() + "/tokens.json";
  const std::string ann = Tokens(folder.path()).add("ann", {});
  SUBCASE("readable") { ::chmod(file.c_str(), 0644); }
  SUBCASE("damaged") { std::ofstream(file) << "[{\"name\":5}]"; }
  SUBCASE("not JSON") { std::ofstream(file) << "ann"; }
  CHECK_THROWS_WITH_AS(Tokens(folder.path()).list(), doctest::Contains("tokens.json"),
                       std::runtime_error);
  CHECK_FALSE(Tokens(folder.path()).principal_of(ann));
}
