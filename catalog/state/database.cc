#include "catalog/state/database.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>

#include "catalog/errors.h"
#include "catalog/files/private_folder.h"

namespace catalog {
namespace {

using namespace std::chrono_literals;

bool is_damage(int code) { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }

[[noreturn]] void fail_with(const std::string& doing, const char* why) {
  UpstreamError error(Kind::io_error, fmt::format("could not {}: {}", doing, why));
  error.advice = "The user should look at the state folder (disk full, permissions).";
  throw error;
}

// Undoes a transaction that was left before its end.
struct Rollback {
  sqlite3* handle;
  ~Rollback() {
    if (sqlite3_get_autocommit(handle) != 0) return;
    sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
  }
};

// "" when nothing is wrong.
std::string first_problem(sqlite3* handle) {
  std::string found;
  const auto take = [](void* to, int, char** values, char**) {
    static_cast<std::string*>(to)->append(values[0] != nullptr ? values[0] : "");
    return 0;
  };
  const int code = sqlite3_exec(handle, "PRAGMA quick_check(1)", take, &found, nullptr);
  // Somebody writes, or a journal waits for the next who does: neither is damage.
  if (code == SQLITE_BUSY || code == SQLITE_READONLY) return {};
  if (code != SQLITE_OK) return sqlite3_errmsg(handle);
  return found == "ok" ? std::string() : found;
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

Database::Database(std::string file, const char* schema, std::chrono::milliseconds patience)
    : file_(std::move(file)), schema_(schema), patience_(patience) {
  if (!in_memory()) {
    const auto folder = std::filesystem::path(file_).parent_path();
    const std::string problem = make_private_folder(folder.string());
    if (!problem.empty()) fail_with("make the state folder", problem.c_str());
  }
  begin_waiting();
  const std::optional<WriteTurn> held = turn();
  open();
}

// Called by SQLite while another process holds the lock, which then does not stand in the queue;
// zero gives up.
int Database::on_busy(void* self, int) {
  thread_local std::minstd_rand random(std::random_device{}());
  if (Clock::now() > static_cast<Database*>(self)->give_up()) return 0;
  std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % 20));
  return 1;
}

// The turn to write. A file in memory has no queue.
std::optional<WriteTurn> Database::turn() {
  if (in_memory()) return std::nullopt;
  std::optional<WriteTurn> held = wait_for_turn(file_ + ".queue", [this] { return give_up(); });
  if (!held) fail_with("write " + file_, std::strerror(errno));
  return held;
}

int Database::try_open() {
  complete_ = false;
  statements_.clear();
  sqlite3* opened = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  int code = sqlite3_open_v2(file_.c_str(), &opened, flags, nullptr);
  handle_.reset(opened);
  if (code != SQLITE_OK) return code;
  if (!in_memory()) ::chmod(file_.c_str(), 0600);
  sqlite3_busy_handler(handle_.get(), on_busy, this);
  const std::string all =
      std::string("PRAGMA journal_mode=PERSIST; PRAGMA synchronous=FULL; ") + schema_;
  code = sqlite3_exec(handle_.get(), all.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return code;
  complete_ = true;
  struct stat about {};
  if (::stat(file_.c_str(), &about) == 0) {
    device_ = about.st_dev;
    inode_ = about.st_ino;
  }
  return code;
}

// Called with the turn held.
void Database::open() {
  int code = try_open();
  if (is_damage(code)) {
    set_aside();
    code = try_open();
  }
  if (code != SQLITE_OK) fail("open the state file");
}

// Somebody else may have moved it aside, or removed it: what is written to it now would be lost.
// Called with the turn held.
void Database::reopen_if_replaced() {
  if (in_memory()) return;
  struct stat about {};
  const bool same =
      ::stat(file_.c_str(), &about) == 0 && about.st_dev == device_ && about.st_ino == inode_;
  if (same && complete_ && !damaged_) return;
  if (same && damaged_ && !is_sound()) set_aside();
  open();
  damaged_ = false;
}

bool Database::is_sound() { return first_problem(handle_.get()).empty(); }

std::string Database::problem_in(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) return {};
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  const std::unique_ptr<sqlite3, Close> handle(opened);
  if (code != SQLITE_OK) return handle ? sqlite3_errmsg(handle.get()) : "out of memory";
  sqlite3_busy_timeout(handle.get(), 2000);
  return first_problem(handle.get());
}

// Called with the turn held. The journal goes along: it belongs to the damaged file.
void Database::set_aside() {
  complete_ = false;
  statements_.clear();
  handle_.reset();
  const auto now = std::chrono::system_clock::now().time_since_epoch() / 1s;
  const std::string aside = fmt::format("{}.damaged-{}", file_, now);
  std::error_code failed;
  std::filesystem::rename(file_, aside, failed);
  if (failed) fail_with("move the damaged state file aside", failed.message().c_str());
  std::filesystem::rename(file_ + "-journal", aside + "-journal", failed);
  notice_ = fmt::format(
      "the state file was damaged and has been moved to {}; tasks and spending "
      "before now are not known any more",
      aside);
}

sqlite3_stmt* Database::prepared(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
        SQLITE_OK) {
      statements_.erase(sql);
      fail("read the state");
    }
    kept.reset(made);
  }
  return kept.get();
}

int Database::execute(const char* sql, const Bind& bind, const Row& row) {
  sqlite3_stmt* const running = prepared(sql);
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() {
      sqlite3_reset(statement);
      sqlite3_clear_bindings(statement);
    }
  };
  int code = SQLITE_ROW;
  {
    const Reset reset{running};
    Statement statement(running);
    if (bind) bind(statement);
    while ((code = sqlite3_step(running)) == SQLITE_ROW) {
      if (row) row(statement);
    }
    if (code == SQLITE_DONE) return sqlite3_changes(handle_.get());
  }
  fail("keep the state");
}

int Database::run(const char* sql, const Bind& bind, const Row& row) {
  std::lock_guard lock(mutex_);
  begin_waiting();
  if (complete_ && sqlite3_stmt_readonly(prepared(sql)) != 0) return execute(sql, bind, row);
  const std::optional<WriteTurn> held = turn();
  reopen_if_replaced();
  return execute(sql, bind, row);
}

void Database::transaction(const std::function<void(Transaction&)>& body) {
  std::lock_guard lock(mutex_);
  begin_waiting();
  const std::optional<WriteTurn> held = turn();
  reopen_if_replaced();
  execute("BEGIN IMMEDIATE", {}, {});
  const Rollback unless_committed{handle_.get()};
  Transaction within(*this);
  body(within);
  execute("COMMIT", {}, {});
}

void Database::set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

std::string Database::take_notice() {
  std::lock_guard lock(mutex_);
  return std::exchange(notice_, {});
}

// Damage that only shows while the file is in use is dealt with before the next thing is written.
void Database::fail(const char* doing) {
  const std::string why = handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory";
  if (handle_ && is_damage(sqlite3_errcode(handle_.get()))) damaged_ = true;
  fail_with(doing, why.c_str());
}

}  // namespace catalog
