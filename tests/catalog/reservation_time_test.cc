// How long a caller waits for its money to be put aside, beside what the disk takes for one fsync.
// Not part of a usual run, for it shows something only where nothing else happens:
//   ./build/patchbay_tests -ns -tc='how long a reservation takes'
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "catalog/spend/purse.h"
#include "catalog/spend/sqlite_ledger.h"
#include "tests/catalog/ledger_suite.h"
#include "tests/catalog/power_cut.h"
#include "tests/process.h"

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int times = 1000;

struct Taken {
  double median = 0;
  double p99 = 0;
};

Taken taken_by(const std::function<void(int)>& what) {
  std::vector<double> each;
  for (int i = 0; i < times; ++i) {
    const auto begin = Clock::now();
    what(i);
    each.push_back(Milliseconds(Clock::now() - begin).count());
  }
  std::sort(each.begin(), each.end());
  return {each[times / 2], each[times * 99 / 100]};
}

// A page written into a file that has its size already.
Taken fsync_time(const std::string& folder) {
  const int fd = ::open((folder + "/page").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  const Taken taken = taken_by([&](int i) {
    const off_t at = (i % 16) * static_cast<off_t>(page.size());
    CHECK(::pwrite(fd, page.data(), page.size(), at) == static_cast<ssize_t>(page.size()));
    CHECK(::fsync(fd) == 0);
  });
  ::close(fd);
  return taken;
}

std::ptrdiff_t fsyncs_of_one(const std::string& folder) {
  tests::RecordedDisk disk;
  catalog::SqliteLedger ledger(folder + "/counted.sqlite");
  ledger.reserve(tests::purchase(1, 0.01), {}, {});
  const auto before = disk.operations().size();
  ledger.reserve(tests::purchase(2, 0.01), {}, {});
  const auto all = disk.operations();
  return std::count_if(all.begin() + static_cast<std::ptrdiff_t>(before), all.end(),
                       [](const tests::DiskOperation& each) {
                         return each.what == tests::DiskOperation::What::sync;
                       });
}

}  // namespace

TEST_CASE("how long a reservation takes" * doctest::skip()) {
  const tests::Folder folder;
  const Taken fsync = fsync_time(folder.path());
  catalog::Books books({{{}, {}, {}, {}, {}, {}}, folder.path(), {}, {}});
  catalog::Purse purse(books, {"", "a/b", {}, {}});
  catalog::Quote quote;
  quote.worst_case = catalog::dollars(0.01);
  { const catalog::Purchase first(&purse, "gateway", quote); }
  const Taken reservation =
      taken_by([&](int) { const catalog::Purchase one(&purse, "gateway", quote); });
  fmt::print("one fsync      {:.2f} ms in the median, {:.2f} ms at the 99th percentile\n",
             fsync.median, fsync.p99);
  fmt::print(
      "a reservation  {:.2f} ms in the median, {:.2f} ms at the 99th percentile, {} fsyncs\n",
      reservation.median, reservation.p99, fsyncs_of_one(folder.path()));
  CHECK(reservation.median > 0);
}
