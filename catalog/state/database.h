// SQLite, as far as the state of this program needs it: one file, shared by all processes of the
// user. Rollback journal and full sync, so that what was acknowledged survives a crash; writers
// take the lock at once and wait for one another with a random pause (the library's own waiting
// starves).
//
// A connection belongs to its object and is used under its lock, by any thread.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

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
  // Opens the file, 0600, with its folders 0700, and runs `schema`, which must be repeatable.
  // Throws UpstreamError{io_error} when that cannot be done.
  Database(const std::string& file, const char* schema);

  using Bind = std::function<void(Statement&)>;
  using Row = std::function<void(const Statement&)>;

  // Runs one statement and calls `row` for each row of its result. Returns how many rows it
  // changed. Throws UpstreamError{io_error}.
  int run(const char* sql, const Bind& bind = {}, const Row& row = {});

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };

  [[noreturn]] void fail(const char* doing) const;

  std::mutex mutex_;  // one statement at a time
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace catalog
