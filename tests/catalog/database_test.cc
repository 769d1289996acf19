#include "catalog/state/database.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>

#include "catalog/errors.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using catalog::Database;
using catalog::UpstreamError;

TEST_CASE("a file that could not be opened anew has its tables once it can be") {
  const tests::Folder folder;
  const std::string file = folder.path() + "/state.sqlite";
  Database database(file, "CREATE TABLE IF NOT EXISTS t(a INTEGER)", 100ms);
  database.run("INSERT INTO t VALUES(1)");
  // Somebody puts another file in its place, and is still writing to it.
  std::filesystem::remove(file);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "CREATE TABLE theirs(a); BEGIN EXCLUSIVE", nullptr, nullptr,
                       nullptr) == SQLITE_OK);
  CHECK_THROWS_AS(database.run("INSERT INTO t VALUES(2)"), UpstreamError);
  sqlite3_close(other);
  CHECK(database.run("INSERT INTO t VALUES(3)") == 1);
  std::int64_t rows = 0;
  database.run("SELECT count(*) FROM t", {},
               [&](const catalog::Statement& row) { rows = row.number(0); });
  CHECK(rows == 1);
}
