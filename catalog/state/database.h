// SQLite, as far as the state of this program needs it: one file, shared by all processes of the
// user. Rollback journal and full sync, so that what was acknowledged survives a crash; writers
// stand in a queue (write_queue.h), because the library's own waiting starves.
//
// A file that is damaged is moved aside, and a new one begun: what is kept here must not keep the
// program from working, but nor must the loss of it be silent (`notice`).
//
// A connection belongs to its object and is used under its lock, by any thread.
#pragma once

#include <sqlite3.h>
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/state/write_queue.h"

namespace catalog {

// A row of a result, or the parameters of a statement. Valid while its callback runs.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Parameters, from 1.
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::int64_t number);
  // Columns, from 0.
  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class Database {
 public:
  // Opens the file, 0600, with its folders 0700, and runs `schema`, which must be repeatable and
  // outlive this. ":memory:" is kept in memory. Whoever has to wait longer than `patience` for
  // another process gives up. Throws UpstreamError{io_error} when that cannot be done.
  Database(std::string file, const char* schema,
           std::chrono::milliseconds patience = std::chrono::seconds(5));

  using Bind = std::function<void(Statement&)>;
  using Row = std::function<void(const Statement&)>;

  // Runs one statement and calls `row` for each row of its result. Returns how many rows it
  // changed. Throws UpstreamError{io_error}. `sql` is kept prepared: it must be a text that stays
  // where it is.
  int run(const char* sql, const Bind& bind = {}, const Row& row = {});

  // Several statements that count together or not at all.
  class Transaction {
   public:
    int run(const char* sql, const Bind& bind = {}, const Row& row = {}) {
      return database_.execute(sql, bind, row);
    }

   private:
    friend class Database;
    explicit Transaction(Database& database) : database_(database) {}
    Database& database_;
  };
  // On disk when this returns. What `body` throws undoes everything and is rethrown.
  void transaction(const std::function<void(Transaction&)>& body);

  // Waits no longer than that for other processes from now on; who waits already gives up by then.
  void set_patience(std::chrono::milliseconds patience);
  // What is wrong with that file: "" when it is sound, or is not there. Changes nothing.
  static std::string problem_in(const std::string& file);
  // What the user has to be told of the file ("… was damaged and has been moved to …"), once.
  std::string take_notice();

 private:
  using Clock = std::chrono::steady_clock;
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  static int on_busy(void* self, int waited);
  bool in_memory() const { return file_ == ":memory:"; }
  void open();
  int try_open();
  void reopen_if_replaced();
  bool is_sound();
  void set_aside();
  sqlite3_stmt* prepared(const char* sql);
  int execute(const char* sql, const Bind& bind, const Row& row);
  void begin_waiting() { began_ = Clock::now(); }
  Clock::time_point give_up() const { return began_ + patience_.load(); }
  std::optional<WriteTurn> turn();
  [[noreturn]] void fail(const char* doing);

  const std::string file_;
  const char* const schema_;
  std::atomic<std::chrono::milliseconds> patience_;
  std::mutex mutex_;         // guards all below: one statement, or one transaction, at a time
  Clock::time_point began_;  // what runs now
  std::unique_ptr<sqlite3, Close> handle_;
  std::map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
  std::string notice_;
  bool damaged_ = false;
  bool complete_ = false;  // the file is open, with all of the schema
  dev_t device_ = 0;       // of the file that is open
  ino_t inode_ = 0;
};

}  // namespace catalog
