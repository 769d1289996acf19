#include "catalog/spend/books.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <thread>

#include "tests/catalog/purse_rig.h"
#include "tests/process.h"

using namespace std::chrono_literals;
using catalog::Budgets;
using catalog::dollars;
using catalog::Purchase;
using catalog::Purse;
using tests::answer;
using tests::quote;
using Rig = tests::PurseRig;

TEST_CASE("a ledger that another process holds does not hold up the end of the program") {
  tests::Folder folder;
  std::optional<Rig> rig(std::in_place, Budgets{}, folder.path());
  Purse purse = rig->purse();
  Purchase one(&purse, "gateway", quote(0.1));
  one.sent();
  const int queue = ::open((folder.path() + "/state.sqlite.queue").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(queue, LOCK_EX) == 0);
  one.settle(answer(0.04));
  std::this_thread::sleep_for(500ms);  // the writer stands in the queue by now, for five seconds
  const auto begun = std::chrono::steady_clock::now();
  rig.reset();
  CHECK(std::chrono::steady_clock::now() - begun < 3s);
  ::close(queue);
  CHECK(Rig({}, folder.path()).all().spent == dollars(0.04));
}
