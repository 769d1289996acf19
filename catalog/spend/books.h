// Keeps the ledger of this run of the program: opens it for the first purchase, puts money aside
// while the caller waits, and writes everything else down a moment later, on a thread of its own or
// together with the next purchase, whichever comes first. It also closes the accounts of runs that
// died, and asks gateways what a call cost that ended without saying so.
//
// Made once, used by the calls of all threads. What it throws is UpstreamError{io_error}: where the
// ledger cannot be written, nothing is bought.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catalog/spend/budgets.h"
#include "catalog/spend/ledger.h"
#include "catalog/spend/session_log.h"

namespace catalog {

class Books {
 public:
  struct Settings {
    Budgets budgets{};
    std::string state_folder{};  // empty: kept in memory
    std::function<void(std::string_view)> log{};
    std::function<std::int64_t()> now_ms{};  // unix; absent: the system's clock
  };
  // What a call of that generation cost; nothing when the gateway cannot tell yet.
  using Lookup = std::function<std::optional<Money>(
      const std::string& gateway, const std::string& generation, std::stop_token stop)>;

  explicit Books(Settings settings);
  ~Books();  // writes what is still to be written
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;

  const Budgets& budgets() const { return settings_.budgets; }
  // Before the first purchase.
  void ask_with(Lookup lookup) { lookup_ = std::move(lookup); }

  // A purchase of this session that begins now; of no amount yet.
  Purchased begin(std::string principal, std::string gateway, std::string target);
  // Puts the amount aside, on disk when this returns.
  Decision reserve(const Purchased& purchased, std::span<const Limit> limits);
  // Outlives this process at once; in the ledger a moment later.
  void mark(Mark mark);
  // In the ledger a moment later; it need not have been begun.
  void add(Unreserved purchase);
  void add(Alerted alert);

  std::vector<ReportRow> report(const ReportQuery& query);
  // Of each of those budgets, as things stand.
  std::vector<Standing> standings(const std::vector<Budget>& budgets);
  // What the gateway billed beyond the prices that are listed, since then.
  Money above_listed(const std::string& gateway, std::int64_t since_ms);
  // True the first time in this run: who was told something need not be told again.
  bool is_news(const std::string& what);
  std::int64_t now_ms() const;
  // Of this run. Throws as `reserve`.
  const std::string& session();
  // Closes the accounts of runs that have gone. True when there were any.
  bool close_left();

 private:
  Ledger& ledger();
  void open();
  void start_writing();
  void write_until(std::stop_token stop);
  void write_pending();
  void notice_clock(std::int64_t now);
  Entries take_pending();
  void put_back(Entries entries);
  void stop_threads();
  void start_asking();
  void ask_until(std::stop_token stop);
  enum class Asked { nothing_to_ask, found_out, not_yet };
  Asked ask_once(const std::stop_token& stop);
  void notice();
  void log(std::string_view line) const {
    if (settings_.log) settings_.log(line);
  }
  std::string log_folder() const { return settings_.state_folder + "/spending"; }

  const Settings settings_;
  Lookup lookup_;
  std::mutex opening_;  // guards the making of the next three, which then stay
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<SessionLog> session_log_;
  std::string session_;
  std::atomic<bool> open_{false};

  std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  // Nobody signals it: a pause ends by the clock, or with the program.
  std::condition_variable_any pause_;
  Entries pending_;
  int writing_ = 0;  // batches that are being written
  std::int64_t last_serial_ = 0;
  std::int64_t clock_ahead_ms_ = 0;  // of the time since the machine was started; 0: not seen yet
  std::jthread writer_;
  std::jthread asker_;
  bool asking_ = false;
  std::set<std::string> told_;
};

}  // namespace catalog
