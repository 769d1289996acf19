// The ledger: every billed call, from the money put aside for it to what it cost, and the sums that
// budgets are held against. A narrow interface, so that a team may keep it elsewhere one day; any
// engine behind it must pass tests/catalog/ledger_suite.h.
//
// A purchase is `open` once its money is put aside, `sent` when its request has left, and then
// `settled` (its cost is known or estimated), `released` (it cost nothing), or `unknown` (it may
// have cost something; the money stays aside until somebody finds out).
//
// `Books` calls it, on the threads of calls and on its own; an engine must bear that.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/answer.h"
#include "catalog/spend/money.h"

namespace catalog {

// What is bought. A session is one run of the program, and numbers its purchases itself.
struct Purchased {
  std::string session;
  std::int64_t serial = 0;
  std::string principal;  // who asked for it; "" on stdio
  std::string gateway;    // who bills it
  std::string target;     // as `invoke` takes it
  std::int64_t created_ms = 0;
  Money amount;  // its worst case, put aside
};

// The sums that a purchase counts in, with the beginning of the window it falls into (unix ms).
struct Scope {
  std::string name;
  std::int64_t window_ms = 0;
};
std::vector<Scope> scopes_of(const Purchased& purchased);
std::string session_scope(const std::string& session, const std::string& principal);
std::string target_scope(const std::string& target);
std::string gateway_scope(const std::string& gateway);
// Not a budget: what a gateway billed beyond the prices that are listed.
std::string above_listed_scope(const std::string& gateway);
inline constexpr const char* minute_scope = "minute";
inline constexpr const char* day_scope = "day";
inline constexpr const char* month_scope = "month";
std::int64_t day_start_ms(std::int64_t unix_ms);    // UTC
std::int64_t month_start_ms(std::int64_t unix_ms);  // UTC

// No more than `most` may be spent or put aside in that scope since then. What lies later counts
// too, so that setting the clock back frees nothing.
struct Limit {
  std::string scope;
  std::int64_t since_ms = 0;
  Money most;
};

struct Standing {
  Money spent;
  Money aside;
  int alerted = 0;  // the highest percentage of which somebody has been told
};

struct Decision {
  std::optional<std::size_t> exceeded;  // the limit that is in the way; nothing was put aside
  std::vector<Standing> standings;      // of each limit, before this purchase
};

// Kept as numbers: the order is that of the file.
enum class PurchaseState { open, sent, settled, released, unknown };

// What became of a purchase. Marks may be written twice and in any order: the first end counts.
struct Mark {
  std::int64_t serial = 0;
  PurchaseState state = PurchaseState::sent;
  Money cost{};  // settled
  CostSource source = CostSource::unknown;
  std::string generation{};  // the gateway's id for it, once that is known
  Money above_listed{};      // settled: how much more it cost than the catalogue's price comes to
};

// Somebody was told that so much of a budget is gone.
struct Alerted {
  Scope scope;
  int percent = 0;
};

// A purchase that nothing had to be put aside for, once it is over.
struct Unreserved {
  Purchased purchased;
  Money cost;                                // what it was billed all the same
  CostSource source = CostSource::reported;  // unknown: nobody will ever tell
};

// What one session writes down at once.
struct Entries {
  std::vector<Mark> marks;
  std::vector<Unreserved> unreserved;
  std::vector<Alerted> alerts;

  bool empty() const { return marks.empty() && unreserved.empty() && alerts.empty(); }
};

// A purchase whose cost is not known, and which its gateway may be asked about.
struct Unexplained {
  Purchased purchased;
  std::string generation;
};

struct ReportQuery {
  std::int64_t since_ms = 0;
  std::optional<std::string> session{};
  std::optional<std::string> principal{};  // absent: all
  enum class By { nothing, target, day, gateway } by = By::nothing;
};

struct ReportRow {
  std::string key;  // target, "2026-11-20" or gateway; "" by nothing
  std::int64_t calls = 0;
  Money spent;              // as reported or estimated
  Money estimated;          // the part of it that nobody reported
  Money aside;              // of calls that still run
  Money unknown;            // at most so much on top, of calls whose cost is not known
  std::int64_t untold = 0;  // of the calls, those of which nobody tells even that
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // Writes `before`, which is of the same session, and puts the purchase's money aside unless one
  // of the limits is in the way: all of it at once, and on disk when this returns. All functions
  // throw UpstreamError{io_error}; nothing is changed then.
  virtual Decision reserve(const Purchased& purchased, std::span<const Limit> limits,
                           const Entries& before) = 0;
  virtual void write(const std::string& session, const Entries& entries) = 0;

  // Sessions with purchases that have not ended.
  virtual std::vector<std::string> open_sessions() = 0;
  // The end of a session that has gone: its last entries are written, what is still open is
  // released if `unsent_is_known` and else unknown, what was sent is unknown.
  virtual void close_session(const std::string& session, const Entries& last,
                             bool unsent_is_known) = 0;
  // Purchases made since then whose cost may be asked for, the oldest first.
  virtual std::vector<Unexplained> unexplained(std::int64_t since_ms, int most) = 0;
  // What has been unknown for longer than a day counts as spent, estimated at its worst; what is
  // older than anybody asks for is removed.
  virtual void tidy(std::int64_t now_ms) = 0;

  virtual Standing standing(const std::string& scope, std::int64_t since_ms) = 0;
  virtual std::vector<ReportRow> report(const ReportQuery& query) = 0;  // the dearest first
  // What the user has to be told of the place where it is kept, once; "" for nothing.
  virtual std::string take_notice() { return {}; }
  // From now on no call waits longer than that for other processes, nor one that waits already.
  virtual void hurry(std::chrono::milliseconds) {}
};

}  // namespace catalog
