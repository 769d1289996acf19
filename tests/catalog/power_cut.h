// What a power cut leaves of files that SQLite writes: everything that was synced, and of what was
// not yet, some writes and not others, each perhaps torn. Writes are recorded by a layer between
// the library and the system; images of the disk are made of the record afterwards.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace tests {

struct DiskOperation {
  enum class What { write, truncate, sync, note } what = What::write;
  std::string file{};
  std::int64_t at = 0;  // of a note: what it says
  std::string bytes{};
};

// While it lives, databases that are opened without another wish are recorded.
class RecordedDisk {
 public:
  RecordedDisk();
  ~RecordedDisk();
  RecordedDisk(const RecordedDisk&) = delete;
  RecordedDisk& operator=(const RecordedDisk&) = delete;

  void note(std::int64_t what);
  std::vector<DiskOperation> operations() const;

  void record(DiskOperation operation);

 private:
  mutable std::mutex mutex_;  // guards all below
  std::vector<DiskOperation> operations_;
};

// Writes the files as they may lie there after a cut behind the first `count` operations into the
// folder, under their last names. Returns the last note that had been made.
std::int64_t write_image(const std::vector<DiskOperation>& operations, std::size_t count,
                         std::minstd_rand& random, const std::string& folder);

}  // namespace tests
