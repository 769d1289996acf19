// Many processes on one ledger, and processes that are killed at any moment. How much of it is done
// can be raised: PATCHBAY_LEDGER_RACE (reservations, 768 if not given) and PATCHBAY_LEDGER_KILLS
// (kills, 40 if not given).
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "catalog/spend/purse.h"
#include "catalog/spend/sqlite_ledger.h"
#include "tests/catalog/ledger_suite.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using catalog::Books;
using catalog::Budgets;
using catalog::Purchase;
using catalog::Purse;
using catalog::Quote;
using catalog::Refused;
using tests::dollars;
using tests::Money;
using tests::ReportQuery;
using tests::ReportRow;

namespace {

int from_environment(const char* name, int usual) {
  const char* value = std::getenv(name);
  return value == nullptr ? usual : std::atoi(value);
}

Quote quote(double usd) {
  Quote out;
  out.worst_case = dollars(usd);
  return out;
}

catalog::Answer answer(double usd) {
  catalog::Answer out;
  out.cost_usd = usd;
  out.cost_source = catalog::CostSource::reported;
  return out;
}

// A child of this program that does `work` and ends; `work` must not fail a check.
pid_t forked(const std::function<int()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child != 0) return child;
  int status = 99;
  try {
    status = work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
  }
  ::_exit(status);
}

int status_of(pid_t child) {
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

constexpr double each_costs = 0.007;

// Buys `times` and returns how often it was allowed to.
int buy(const std::string& folder, const Budgets& budgets, int times) {
  Books books({budgets, folder, {}, {}});
  Purse purse(books, {"", "a/b", {}, {}});
  int bought = 0;
  for (int i = 0; i < times; ++i) {
    try {
      Purchase one(&purse, "gateway", quote(each_costs));
      one.sent();
      one.settle(answer(each_costs));
      ++bought;
    } catch (const Refused&) {
    }
  }
  return bought;
}

// The calls that were billed, as a gateway counts them: each is a line of a pipe.
class Gateway {
 public:
  Gateway() { REQUIRE(::pipe(ends_) == 0); }
  ~Gateway() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void bill(int call) const {
    if (::write(ends_[1], &call, sizeof call) != sizeof call) ::_exit(98);
  }
  void collect(std::map<int, int>& billed) const {
    int call = 0;
    while (::read(ends_[0], &call, sizeof call) == sizeof call) ++billed[call];
  }
  void never_wait() const { ::fcntl(ends_[0], F_SETFL, O_NONBLOCK); }

 private:
  int ends_[2]{};
};

// A run of the program that buys until it is killed. Calls are told apart by their target.
[[noreturn]] void buy_until_killed(const std::string& folder, const Gateway& gateway, int first,
                                   unsigned seed) {
  std::minstd_rand random(seed);
  Budgets none;
  none.minute = none.day = {};
  Books books({none, folder, {}, {}});
  for (int call = first;; ++call) {
    Purse purse(books, {"", std::to_string(call), {}, {}});
    Purchase one(&purse, "gateway", quote(each_costs));
    if (random() % 5 == 0) continue;  // given up before it was sent
    one.sent();
    gateway.bill(call);
    one.generation(fmt::format("gen-{}", call));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
    if (random() % 5 != 0) one.settle(answer(each_costs / 2));
  }
}

}  // namespace

TEST_CASE("sixty-four processes race for one budget: never overshot, never stuck, sums equal") {
  const tests::Folder folder;
  constexpr int processes = 64;
  const int times = from_environment("PATCHBAY_LEDGER_RACE", 768) / processes;
  Budgets budgets;
  budgets.minute.reset();
  const int fits = processes * times / 2;  // half of what they want
  budgets.day = dollars(each_costs * (fits + 0.5));
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(forked([&] { return std::min(buy(folder.path(), budgets, times), 90); }));
  }
  for (const pid_t child : children) CHECK(status_of(child) <= 90);
  catalog::SqliteLedger ledger(folder.path() + "/state.sqlite");
  const ReportRow row = tests::whole(ledger);
  CHECK(row.spent == dollars(each_costs * fits));
  CHECK(row.calls == fits);
  CHECK(row.aside + row.unknown == Money{});
  tests::check_sums(ledger);
}

TEST_CASE("killed at any moment: no billed cent is lost or counted twice, every row is explained") {
  const tests::Folder folder;
  const int kills = from_environment("PATCHBAY_LEDGER_KILLS", 40);
  const Gateway gateway;
  std::minstd_rand random(20261120);
  std::map<int, int> billed;
  gateway.never_wait();
  for (int i = 0; i < kills; ++i) {
    const pid_t child = forked([&]() -> int {
      buy_until_killed(folder.path(), gateway, i * 100'000, static_cast<unsigned>(i));
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    ::kill(child, SIGKILL);
    CHECK(status_of(child) == 128 + SIGKILL);
    gateway.collect(billed);
  }
  REQUIRE_FALSE(billed.empty());
  std::map<std::string, ReportRow> rows;
  {
    Books later({{}, folder.path(), {}, {}});
    for (ReportRow& row : later.report({0, {}, {}, ReportQuery::By::target})) rows[row.key] = row;
  }
  std::size_t wrong = 0;
  for (const auto& [call, times] : billed) {
    const ReportRow row = rows[std::to_string(call)];
    const bool right = times == 1 && row.calls == 1 &&
                       (row.spent == dollars(each_costs / 2) ? row.unknown == Money{}
                                                             : row.unknown == dollars(each_costs));
    if (!right) ++wrong;
  }
  CHECK(wrong == 0);
  // What is in the ledger and was not billed was on its way: it is not known to the end.
  for (const auto& [call, row] : rows) {
    const bool explained = billed.count(std::stoi(call)) != 0 || row.spent == Money{};
    if (!explained) MESSAGE(call);
    CHECK(explained);
  }
  catalog::SqliteLedger ledger(folder.path() + "/state.sqlite");
  CHECK(ledger.open_sessions().empty());
  CHECK(catalog::logged_sessions(folder.path() + "/spending").empty());
  tests::check_sums(ledger);
}
