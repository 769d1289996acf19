#include "tests/catalog/power_cut.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace tests {
namespace {

constexpr std::size_t sector = 512;

RecordedDisk* recording = nullptr;
sqlite3_vfs* usual = nullptr;
sqlite3_vfs layer;

// The library's own file stands behind ours in memory, and does the work.
struct LayeredFile {
  sqlite3_file base;
  const char* name;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

LayeredFile* of(sqlite3_file* file) { return reinterpret_cast<LayeredFile*>(file); }

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  recording->record({DiskOperation::What::write, of(file)->name, at,
                     std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size))});
  return of(file)->real()->pMethods->xWrite(of(file)->real(), bytes, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  recording->record({DiskOperation::What::truncate, of(file)->name, size, {}});
  return of(file)->real()->pMethods->xTruncate(of(file)->real(), size);
}
int sync(sqlite3_file* file, int flags) {
  const int code = of(file)->real()->pMethods->xSync(of(file)->real(), flags);
  recording->record({DiskOperation::What::sync, of(file)->name, 0, {}});
  return code;
}
int close(sqlite3_file* file) { return of(file)->real()->pMethods->xClose(of(file)->real()); }
int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
  return of(file)->real()->pMethods->xRead(of(file)->real(), bytes, size, at);
}
int size_of(sqlite3_file* file, sqlite3_int64* size) {
  return of(file)->real()->pMethods->xFileSize(of(file)->real(), size);
}
int lock(sqlite3_file* file, int level) {
  return of(file)->real()->pMethods->xLock(of(file)->real(), level);
}
int unlock(sqlite3_file* file, int level) {
  return of(file)->real()->pMethods->xUnlock(of(file)->real(), level);
}
int is_reserved(sqlite3_file* file, int* yes) {
  return of(file)->real()->pMethods->xCheckReservedLock(of(file)->real(), yes);
}
int control(sqlite3_file* file, int what, void* argument) {
  return of(file)->real()->pMethods->xFileControl(of(file)->real(), what, argument);
}
int sector_size(sqlite3_file* file) {
  return of(file)->real()->pMethods->xSectorSize(of(file)->real());
}
int traits(sqlite3_file* file) {
  return of(file)->real()->pMethods->xDeviceCharacteristics(of(file)->real());
}

const sqlite3_io_methods methods = {
    1,       close,       read,   write,   truncate, sync,    size_of, lock,    unlock, is_reserved,
    control, sector_size, traits, nullptr, nullptr,  nullptr, nullptr, nullptr, nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  of(file)->name = name == nullptr ? "" : name;
  const int code = usual->xOpen(usual, name, of(file)->real(), flags, out);
  file->pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

void apply(const DiskOperation& operation, std::size_t most, std::string& content) {
  const auto at = static_cast<std::size_t>(operation.at);
  if (operation.what == DiskOperation::What::truncate) return content.resize(at, '\0');
  const std::size_t size = std::min(most, operation.bytes.size());
  if (content.size() < at + size) content.resize(at + size, '\0');
  content.replace(at, size, operation.bytes, 0, size);
}

}  // namespace

RecordedDisk::RecordedDisk() {
  recording = this;
  usual = sqlite3_vfs_find(nullptr);
  layer = *usual;
  layer.pNext = nullptr;
  layer.zName = "recorded";
  layer.szOsFile = static_cast<int>(sizeof(LayeredFile)) + usual->szOsFile;
  layer.xOpen = open;
  sqlite3_vfs_register(&layer, 1);
}

RecordedDisk::~RecordedDisk() {
  sqlite3_vfs_unregister(&layer);
  sqlite3_vfs_register(usual, 1);
  recording = nullptr;
}

void RecordedDisk::record(DiskOperation operation) {
  std::lock_guard lock(mutex_);
  operations_.push_back(std::move(operation));
}

void RecordedDisk::note(std::int64_t what) { record({DiskOperation::What::note, {}, what, {}}); }

std::vector<DiskOperation> RecordedDisk::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

std::int64_t write_image(const std::vector<DiskOperation>& operations, std::size_t count,
                         std::minstd_rand& random, const std::string& folder) {
  std::map<std::string, std::size_t> synced;  // the last sync of each file
  for (std::size_t i = 0; i < count; ++i) {
    if (operations[i].what == DiskOperation::What::sync) synced[operations[i].file] = i;
  }
  std::map<std::string, std::string> files;
  std::int64_t noted = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const DiskOperation& each = operations[i];
    if (each.what == DiskOperation::What::note) noted = each.at;
    if (each.what == DiskOperation::What::sync || each.what == DiskOperation::What::note) continue;
    const bool certain = synced.count(each.file) != 0 && i < synced[each.file];
    if (!certain && random() % 2 == 0) continue;
    const bool torn = !certain && random() % 4 == 0;
    apply(each, torn ? sector * (random() % 8) : each.bytes.size(), files[each.file]);
  }
  for (const auto& [file, content] : files) {
    std::ofstream(folder + "/" + std::filesystem::path(file).filename().string(), std::ios::binary)
        << content;
  }
  return noted;
}

}  // namespace tests
