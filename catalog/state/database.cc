#include "catalog/state/database.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "catalog/errors.h"

namespace catalog {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 5s;  // for another process that writes

// Called by SQLite while another process holds the lock; zero gives up.
int wait_a_little(void*, int waited) {
  thread_local std::minstd_rand random(std::random_device{}());
  thread_local std::chrono::steady_clock::time_point since;
  const auto now = std::chrono::steady_clock::now();
  if (waited == 0) since = now;
  if (now - since > longest_wait) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % 20));
  return 1;
}

void make_private_folder(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
}

}  // namespace

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int index, std::int64_t number) {
  sqlite3_bind_int64(statement_, index, number);
  return *this;
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Database::Database(const std::string& file, const char* schema) {
  make_private_folder(file);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(
      file.c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
      nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) fail("open the state file");
  ::chmod(file.c_str(), 0600);
  sqlite3_busy_handler(handle_.get(), wait_a_little, nullptr);
  const std::string all =
      std::string("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; ") + schema;
  if (sqlite3_exec(handle_.get(), all.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail("set up the state file");
  }
}

int Database::run(const char* sql, const Bind& bind, const Row& row) {
  std::lock_guard lock(mutex_);
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql, -1, &prepared, nullptr) != SQLITE_OK) {
    fail("read the state");
  }
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(prepared, sqlite3_finalize);
  Statement statement(prepared);
  if (bind) bind(statement);
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(prepared)) == SQLITE_ROW) {
    if (row) row(statement);
  }
  if (code != SQLITE_DONE) fail("keep the state");
  return sqlite3_changes(handle_.get());
}

void Database::fail(const char* doing) const {
  const char* why = handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory";
  UpstreamError error(Kind::io_error, fmt::format("could not {}: {}", doing, why));
  error.advice = "The user should look at the state folder (disk full, permissions).";
  throw error;
}

}  // namespace catalog
