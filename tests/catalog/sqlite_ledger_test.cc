#include "catalog/spend/sqlite_ledger.h"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "catalog/errors.h"
#include "tests/catalog/ledger_suite.h"
#include "tests/process.h"

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using catalog::SqliteLedger;
using catalog::UpstreamError;
using tests::purchase;

namespace {

struct Home {
  std::string file() const { return folder.path() + "/patchbay/state.sqlite"; }
  // What a person with the sqlite3 command does to it.
  void meddle(const char* sql) const {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file().c_str(), &handle) == SQLITE_OK);
    CHECK(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
  }
  tests::Folder folder;
};

std::string problem(const std::function<void()>& what) {
  try {
    what();
  } catch (const UpstreamError& error) {
    CHECK(error.kind == catalog::Kind::io_error);
    CHECK(error.billed == catalog::Billed::no);
    return error.what_happened;
  }
  return {};
}

}  // namespace

TEST_CASE("the ledger on disk does what a ledger must") {
  Home home;
  int made = 0;
  tests::check_engine([&] {
    return std::make_unique<SqliteLedger>(fmt::format("{}/{}.sqlite", home.folder.path(), ++made));
  });
}

TEST_CASE("the ledger in memory does what a ledger must") {
  tests::check_engine([] { return std::make_unique<SqliteLedger>(":memory:"); });
}

TEST_CASE("J15: the ledger is there after a restart, for its owner alone, whatever the umask") {
  Home home;
  const auto mask = ::umask(0);
  SqliteLedger(home.file()).reserve(purchase(1, 0.5), {}, {});
  ::umask(mask);
  SqliteLedger again(home.file());
  CHECK(tests::whole(again).aside == tests::dollars(0.5));
  struct stat about {};
  for (const auto& entry : fs::directory_iterator(home.folder.path() + "/patchbay")) {
    REQUIRE(::stat(entry.path().c_str(), &about) == 0);
    CAPTURE(entry.path().string());
    CHECK((about.st_mode & 077) == 0);
  }
}

TEST_CASE("J17: texts with quotes, line breaks and SQL are kept as they are") {
  SqliteLedger ledger(":memory:");
  auto odd = purchase(1, 1);
  odd.target = "x'); DROP TABLE purchase; --\n\xc3\xa9\"";
  ledger.reserve(odd, {}, {});
  CHECK(ledger.report({0, {}, {}, tests::ReportQuery::By::target}).front().key == odd.target);
}

TEST_CASE("K19: a ledger that a newer version has written to is left alone") {
  Home home;
  SqliteLedger old(home.file());
  home.meddle("PRAGMA user_version = 99");
  CHECK(problem([&] { old.reserve(purchase(1, 1), {}, {}); }).find("newer version") !=
        std::string::npos);
  CHECK(problem([&] { SqliteLedger another(home.file()); }).find("newer version") !=
        std::string::npos);
}

TEST_CASE("a state file from before there was a ledger becomes one") {
  Home home;
  fs::create_directories(home.folder.path() + "/patchbay");
  home.meddle("CREATE TABLE task(id TEXT); INSERT INTO task VALUES('kept')");
  SqliteLedger ledger(home.file());
  CHECK_FALSE(ledger.reserve(purchase(1, 1), {}, {}).exceeded);
  home.meddle("UPDATE task SET id = 'still there' WHERE id = 'kept'");
}

TEST_CASE("a damaged file is moved aside, said plainly, and a new one begun") {
  Home home;
  fs::create_directories(home.folder.path() + "/patchbay");
  std::ofstream(home.file()) << "this is no database, whatever it is called"
                             << std::string(2000, 'x');
  SqliteLedger ledger(home.file());
  const std::string notice = ledger.take_notice();
  CHECK(notice.find("was damaged and has been moved to " + home.file() + ".damaged-") !=
        std::string::npos);
  CHECK(ledger.take_notice().empty());
  CHECK_FALSE(ledger.reserve(purchase(1, 1), {}, {}).exceeded);
}

TEST_CASE("damage that shows while it is in use costs one call, and nothing is sent for it") {
  Home home;
  SqliteLedger ledger(home.file());
  for (int i = 1; i <= 100; ++i) ledger.reserve(purchase(i, 0.01), {}, {});
  {
    std::fstream file(home.file(), std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 1; page < 5; ++page) {
      file.seekp(page * 4096);
      file << std::string(4096, '\x5a');
    }
    file.flush();
  }
  home.meddle("PRAGMA user_version = 1");  // so that pages are read anew
  CHECK_FALSE(problem([&] { ledger.reserve(purchase(300, 1), {}, {}); }).empty());
  CHECK_FALSE(ledger.reserve(purchase(301, 1), {}, {}).exceeded);
  CHECK_FALSE(ledger.take_notice().empty());
}

TEST_CASE("a file that somebody removed meanwhile is begun anew, not written into nowhere") {
  Home home;
  SqliteLedger ledger(home.file());
  ledger.reserve(purchase(1, 1), {}, {});
  fs::remove_all(home.folder.path() + "/patchbay");
  fs::create_directories(home.folder.path() + "/patchbay");
  ledger.reserve(purchase(2, 1), {}, {});
  SqliteLedger another(home.file());
  CHECK(tests::whole(another).calls == 1);
}

TEST_CASE("J01: another program that holds the file is waited for, but not for ever") {
  Home home;
  SqliteLedger ledger(home.file(), 300ms);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(home.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK_FALSE(problem([&] { ledger.reserve(purchase(1, 1), {}, {}); }).empty());
  std::jthread soon([&] {
    std::this_thread::sleep_for(100ms);
    sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  });
  CHECK_FALSE(ledger.reserve(purchase(2, 1), {}, {}).exceeded);
  soon.join();
  sqlite3_close(other);
  CHECK(tests::whole(ledger).calls == 1);
}

TEST_CASE("who stands in the queue for longer than its patience leaves it") {
  Home home;
  SqliteLedger ledger(home.file(), 200ms);
  {
    const auto held = catalog::wait_for_turn(home.file() + ".queue",
                                             [] { return std::chrono::steady_clock::now(); });
    REQUIRE(held);
    CHECK_FALSE(problem([&] { ledger.reserve(purchase(1, 1), {}, {}); }).empty());
  }
  CHECK_FALSE(ledger.reserve(purchase(2, 1), {}, {}).exceeded);
}

TEST_CASE("J03: a full disk refuses the purchase and keeps the ledger whole") {
  Home home;
  SqliteLedger ledger(home.file());
  ledger.reserve(purchase(1, 1), {}, {});
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit tight{1024, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const std::string full = problem([&] { ledger.reserve(purchase(2, 1), {}, {}); });
  ::setrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, before);
  CHECK_FALSE(full.empty());
  CHECK_FALSE(ledger.reserve(purchase(3, 1), {}, {}).exceeded);
  CHECK(tests::whole(ledger).calls == 2);
  tests::check_sums(ledger);
}
