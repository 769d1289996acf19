// Rows of J and L in the list of faults that need more than a ledger and a purse: files that were
// tampered with, power cuts, clocks that jump, very many rows, budgets that change. The other rows
// are where their ids are: sqlite_ledger_test, purse_test, quote_test, chat_price_test,
// spend_faults_test and tests/tools/spending_test.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catalog/spend/purse.h"
#include "catalog/spend/sqlite_ledger.h"
#include "tests/catalog/ledger_suite.h"
#include "tests/catalog/power_cut.h"
#include "tests/process.h"

namespace fs = std::filesystem;
using catalog::Books;
using catalog::Budgets;
using catalog::Purchase;
using catalog::Purse;
using catalog::Quote;
using catalog::Refused;
using catalog::SqliteLedger;
using namespace tests;

namespace {

constexpr std::int64_t minute_ms = 60'000;

catalog::Answer answer(double usd) {
  catalog::Answer out;
  out.cost_usd = usd;
  out.cost_source = catalog::CostSource::reported;
  return out;
}

Quote quote(double usd) {
  Quote out;
  out.worst_case = dollars(usd);
  return out;
}

// Buys for that much, or says why not.
std::string buy(Books& books, double usd) {
  Purse purse(books, {"", "a/b", {}, {}});
  try {
    Purchase one(&purse, "gateway", quote(usd));
    one.sent();
    one.settle(answer(usd));
    return {};
  } catch (const Refused& refused) {
    return refused.what_happened;
  }
}

// What `sqlite3 FILE 'PRAGMA integrity_check'` prints, and the first column of any other query.
std::vector<std::string> asked(const std::string& file, const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
  std::vector<std::string> rows;
  const auto take = [](void* to, int columns, char** values, char**) {
    const char* last = values[columns - 1];
    static_cast<std::vector<std::string>*>(to)->emplace_back(last != nullptr ? last : "");
    return 0;
  };
  CHECK(sqlite3_exec(handle, sql, take, &rows, nullptr) == SQLITE_OK);
  sqlite3_close(handle);
  return rows;
}

bool is_sound(const std::string& file) {
  return asked(file, "PRAGMA integrity_check") == std::vector<std::string>{"ok"};
}

}  // namespace

TEST_CASE("J07: a journal that is gone or strange while nobody has the file open harms nothing") {
  const Folder folder;
  const std::string file = folder.path() + "/state.sqlite";
  SqliteLedger(file).reserve(purchase(1, 0.5), {}, {});
  fs::remove(file + "-journal");
  { CHECK(whole(*std::make_unique<SqliteLedger>(file)).aside == dollars(0.5)); }
  std::ofstream(file + "-journal") << "this is no journal" << std::string(9000, 'x');
  SqliteLedger again(file);
  CHECK_FALSE(again.reserve(purchase(2, 0.25), {}, {}).exceeded);
  CHECK(whole(again).aside == dollars(0.75));
  CHECK(again.take_notice().empty());
  CHECK(is_sound(file));
}

TEST_CASE("J09: after a power cut at any moment the ledger is whole and holds what it promised") {
  constexpr int purchases = 60;
  constexpr int cuts = 1000;
  const Folder folder;
  std::vector<DiskOperation> operations;
  {
    RecordedDisk disk;
    SqliteLedger ledger(folder.path() + "/state.sqlite");
    disk.note(0);
    for (int serial = 1; serial <= purchases; ++serial) {
      Entries before;
      if (serial > 1) before.marks.push_back(settled(serial - 1, 0.25));
      ledger.reserve(purchase(serial, 1), {}, before);
      disk.note(serial);
    }
    operations = disk.operations();
  }
  // The file as it was made is there: what comes before the first note is another story.
  std::size_t first = 0;
  while (operations[first].what != DiskOperation::What::note) ++first;
  std::minstd_rand random(20261120);
  int lost = 0;
  for (int i = 0; i < cuts; ++i) {
    const Folder image;
    const std::size_t count = first + random() % (operations.size() - first + 1);
    const std::int64_t promised = write_image(operations, count, random, image.path());
    const std::string file = image.path() + "/state.sqlite";
    SqliteLedger ledger(file);
    const ReportRow all = whole(ledger);
    check_sums(ledger);
    // The one that was being written may be there or not, and nothing else.
    lost += all.calls < promised || all.calls > promised + 1;
    const std::int64_t ended = all.calls > 0 ? all.calls - 1 : 0;
    lost += all.spent != dollars(0.25 * static_cast<double>(ended));
    lost += !ledger.take_notice().empty() || !is_sound(file);
  }
  CHECK(lost == 0);
}

TEST_CASE("J11: a clock that jumps frees no budget, and is said in the log") {
  std::int64_t now = noon;
  std::string log;
  Budgets budgets;
  budgets.minute.reset();
  budgets.day = dollars(1);
  Books books({budgets, {}, [&](std::string_view line) { log += line; }, [&] { return now; }});
  CHECK(buy(books, 0.9).empty());
  CHECK(log.empty());
  now -= 60 * minute_ms;  // back within the day
  CHECK_FALSE(buy(books, 0.9).empty());
  CHECK(log.find("the clock was set back by 60 minutes") != std::string::npos);
  now -= 24 * 60 * minute_ms;  // to yesterday
  CHECK_FALSE(buy(books, 0.9).empty());
  now = noon + 366 * 24 * 60 * minute_ms;
  CHECK(buy(books, 0.9).empty());
  CHECK(log.find("the clock was set forward by") != std::string::npos);
  now = noon;  // the year was a mistake: what was spent in it counts for today
  CHECK_FALSE(buy(books, 0.9).empty());
}

TEST_CASE("J13: however many rows there are, a reservation looks at few of them") {
  const char* given = std::getenv("PATCHBAY_LEDGER_ROWS");
  const Folder folder;
  const std::string file = folder.path() + "/state.sqlite";
  SqliteLedger ledger(file);
  ledger.reserve(purchase(1, 1), {}, {});
  const std::string rows = given == nullptr ? "20000" : given;
  const std::string fill = fmt::format(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
      "INSERT INTO purchase(session, serial, principal, gateway, target, created_ms, amount, "
      "state, cost, cost_source) SELECT 'old' || (i % 1000), i, '', 'openrouter', "
      "'a/' || (i % 50), {} - i * 1000, 10, 2, 10, 0 FROM n",
      rows, noon);
  asked(file, fill.c_str());
  CHECK_FALSE(ledger.reserve(purchase(2, 1), std::vector{day_limit(5)}, {{settled(1, 1)}, {}, {}})
                  .exceeded);
  CHECK(whole(ledger).calls == std::stoll(rows) + 2);
  // None of what happens with each purchase goes through the table from end to end.
  const char* const queries[] = {
      "EXPLAIN QUERY PLAN SELECT * FROM purchase WHERE session = 's' AND serial = 1 "
      "AND (state < 2 OR state = 4)",
      "EXPLAIN QUERY PLAN SELECT total(spent) FROM spending WHERE scope = 'day' AND window_ms >= 1",
      "EXPLAIN QUERY PLAN SELECT DISTINCT session FROM purchase INDEXED BY purchase_not_ended "
      "WHERE (state < 2 OR state = 4) AND state < 2",
      "EXPLAIN QUERY PLAN SELECT * FROM purchase WHERE (state < 2 OR state = 4) AND state = 4 "
      "AND generation <> '' AND created_ms >= 1 ORDER BY created_ms LIMIT 20"};
  for (const char* query : queries) {
    for (const std::string& step : asked(file, query)) {
      CAPTURE(step);
      CHECK((step.rfind("SCAN", 0) != 0 || step.find("purchase_not_ended") != std::string::npos));
    }
  }
  CHECK(fs::file_size(file + "-journal") < (64U << 20));
}

TEST_CASE("L05: a call that ends after midnight counts on the day it was reserved") {
  std::int64_t now = catalog::day_start_ms(noon) + 24 * 60 * minute_ms - 1000;
  Budgets budgets;
  budgets.minute.reset();
  budgets.day = dollars(1);
  Books books({budgets, {}, {}, [&] { return now; }});
  Purse purse(books, {"", "a/b", {}, {}});
  Purchase late(&purse, "gateway", quote(0.9));
  late.sent();
  now += 2000;
  late.settle(answer(0.9));
  CHECK(buy(books, 0.9).empty());
  const auto days = books.report({0, {}, {}, ReportQuery::By::day});
  REQUIRE(days.size() == 2);
  CHECK(days[0].spent == days[1].spent);
}

TEST_CASE("L07: a limit that is lowered stops new calls, and lets running ones end") {
  const Folder folder;
  const auto with = [&](double day) {
    Budgets budgets;
    budgets.day = dollars(day);
    return Books::Settings{budgets, folder.path(), {}, {}};
  };
  Books before(with(10));
  CHECK(buy(before, 0.5).empty());
  Purse purse(before, {"", "a/b", {}, {}});
  Purchase running(&purse, "gateway", quote(0.5));
  running.sent();
  Books lowered(with(0.25));
  CHECK(buy(lowered, 0.1).find("$0 is left of the day's budget of $0.25") != std::string::npos);
  running.settle(answer(0.4));
  CHECK(before.report({}).front().spent == dollars(0.9));
  CHECK_FALSE(buy(lowered, 0.1).empty());
}

// The gateway's response cache is never asked for, so no row is marked as a hit of it.
TEST_CASE("L17: what the gateway says cost nothing cost nothing, and is a line all the same") {
  Books books({{}, {}, {}, {}});
  Purse purse(books, {"", "a/b", {}, {}});
  Purchase hit(&purse, "gateway", quote(0.5));
  hit.sent();
  hit.settle(answer(0));
  const ReportRow row = books.report({}).front();
  CHECK(row.calls == 1);
  CHECK(row.spent + row.aside + row.unknown == Money{});
}
