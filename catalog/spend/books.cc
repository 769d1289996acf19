#include "catalog/spend/books.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include "catalog/errors.h"
#include "catalog/spend/sqlite_ledger.h"

namespace catalog {
namespace {

using namespace std::chrono_literals;

constexpr auto lag = 100ms;     // the next purchase may take what is pending along
constexpr auto try_again = 1s;  // after the disk was full
constexpr auto tidy_each = 1h;
constexpr auto longest_end = 300ms;  // what the end of the program waits for other processes
constexpr std::size_t most_unwritten = 10'000;  // records of calls that cost nothing
constexpr std::int64_t largest_drift_ms = 5 * 60 * 1000;
constexpr int most_asked = 200;  // at a time: some may never be answered
constexpr std::chrono::milliseconds first_ask =
    1s;  // gateways know what a call cost a little after its end
constexpr std::chrono::milliseconds last_ask = 600s;
constexpr std::int64_t asked_for_ms = 24 * 60 * 60 * 1000;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

Books::Books(Settings settings) : settings_(std::move(settings)) {}

// Both are told before either is waited for, and the writer ends first: it may start the asker.
void Books::stop_threads() {
  std::stop_source asker;
  {
    std::lock_guard lock(mutex_);
    asker = asker_.get_stop_source();
  }
  writer_.request_stop();
  asker.request_stop();
  if (open_) ledger_->hurry(longest_end);
  writer_ = {};
  asker_ = {};
}

Books::~Books() {
  stop_threads();
  if (!open_ && pending_.empty()) return;
  try {
    ledger().hurry(longest_end);
    write_pending();
    if (session_log_) session_log_->remove_at_end();
  } catch (const UpstreamError& error) {
    log(fmt::format("the ledger will be brought up to date by the next run: {}", error.what()));
  }
}

std::int64_t Books::now_ms() const {
  if (settings_.now_ms) return settings_.now_ms();
  return std::chrono::system_clock::now().time_since_epoch() / 1ms;
}

// --- opening ------------------------------------------------------------------------------------

Ledger& Books::ledger() {
  if (!open_) open();
  return *ledger_;
}

const std::string& Books::session() {
  ledger();
  return session_;
}

// A failure is not kept: the disk may have room again for the next call.
void Books::open() {
  std::lock_guard lock(opening_);
  if (open_) return;
  const bool keeps = !settings_.state_folder.empty();
  ledger_ =
      std::make_unique<SqliteLedger>(keeps ? settings_.state_folder + "/state.sqlite" : ":memory:");
  if (keeps) session_log_ = std::make_unique<SessionLog>(log_folder());
  session_ = keeps ? session_log_->session() : "memory";
  open_ = true;
  notice();
}

void Books::notice() {
  if (const std::string told = ledger_->take_notice(); !told.empty()) log(told);
}

// A budget is not freed by a clock that is set back, but what it says of days may surprise then.
void Books::notice_clock(std::int64_t now) {
  timespec since_start{};
  ::clock_gettime(CLOCK_BOOTTIME, &since_start);
  const std::int64_t ahead = now - (since_start.tv_sec * 1000 + since_start.tv_nsec / 1'000'000);
  std::int64_t jumped = 0;
  {
    std::lock_guard lock(mutex_);
    if (clock_ahead_ms_ != 0) jumped = ahead - clock_ahead_ms_;
    clock_ahead_ms_ = ahead;
  }
  if (std::abs(jumped) <= largest_drift_ms) return;
  log(fmt::format("the clock was set {} by {} minutes; budgets count by what it says",
                  jumped < 0 ? "back" : "forward", std::abs(jumped) / 60'000));
}

// --- on the caller's time -----------------------------------------------------------------------

Purchased Books::begin(std::string principal, std::string gateway, std::string target) {
  Purchased purchased{session(), 0, std::move(principal), std::move(gateway), std::move(target),
                      now_ms(),  {}};
  notice_clock(purchased.created_ms);
  std::lock_guard lock(mutex_);
  purchased.serial = ++last_serial_;
  return purchased;
}

Decision Books::reserve(const Purchased& purchased, std::span<const Limit> limits) {
  Entries before = take_pending();
  try {
    Decision decision = ledger().reserve(purchased, limits, before);
    put_back({});
    return decision;
  } catch (const UpstreamError&) {
    put_back(std::move(before));
    throw;
  }
}

void Books::mark(Mark mark) {
  std::lock_guard lock(mutex_);
  if (session_log_) session_log_->add(mark);
  const bool asks = mark.state == PurchaseState::unknown;
  pending_.marks.push_back(std::move(mark));
  start_writing();
  if (asks) start_asking();
}

void Books::add(Unreserved purchase) {
  std::lock_guard lock(mutex_);
  if (pending_.unreserved.size() == most_unwritten) return;
  purchase.purchased.serial = ++last_serial_;
  if (purchase.purchased.created_ms == 0) purchase.purchased.created_ms = now_ms();
  pending_.unreserved.push_back(std::move(purchase));
  start_writing();
}

void Books::add(Alerted alert) {
  std::lock_guard lock(mutex_);
  pending_.alerts.push_back(std::move(alert));
  start_writing();
}

// --- a moment later -----------------------------------------------------------------------------

// Called with the lock held.
void Books::start_writing() {
  changed_.notify_all();
  if (writer_.joinable()) return;
  try {
    writer_ = std::jthread([this](std::stop_token stop) { write_until(std::move(stop)); });
  } catch (const std::system_error&) {
    // No thread to be had: it is written with the next purchase, or at the end.
  }
}

void Books::write_until(std::stop_token stop) {
  std::chrono::steady_clock::time_point tidied{};
  std::string said;  // of what does not work, once
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !pending_.empty(); });
      pause_.wait_for(lock, stop, lag, [] { return false; });
    }
    if (stop.stop_requested()) return;
    try {
      write_pending();
      said.clear();
      const auto now = std::chrono::steady_clock::now();
      if (tidied.time_since_epoch().count() != 0 && now - tidied < tidy_each) continue;
      tidied = now;
      close_left();
      ledger().tidy(now_ms());
      const bool open = !ledger().unexplained(now_ms() - asked_for_ms, 1).empty();
      std::lock_guard lock(mutex_);
      if (open) start_asking();
    } catch (const UpstreamError& error) {
      if (stop.stop_requested()) return;  // the end tries once more
      if (said != error.what()) log(said = error.what());
      std::unique_lock lock(mutex_);
      pause_.wait_for(lock, stop, try_again, [] { return false; });
    }
  }
}

Entries Books::take_pending() {
  ledger();
  std::lock_guard lock(mutex_);
  for (Unreserved& each : pending_.unreserved) each.purchased.session = session_;
  ++writing_;
  return std::exchange(pending_, {});
}

void Books::write_pending() {
  Entries taken = take_pending();
  try {
    if (!taken.empty()) ledger().write(session_, taken);
    put_back({});
  } catch (const UpstreamError&) {
    put_back(std::move(taken));
    throw;
  }
}

// After a batch: what could not be written waits again, and where nothing is left to be written the
// ledger knows all that the log says.
void Books::put_back(Entries entries) {
  std::lock_guard lock(mutex_);
  --writing_;
  append(pending_.marks, entries.marks);
  append(pending_.unreserved, entries.unreserved);
  append(pending_.alerts, entries.alerts);
  if (writing_ == 0 && pending_.empty() && session_log_) session_log_->clear();
}

// --- of other runs ------------------------------------------------------------------------------

bool Books::close_left() {
  if (settings_.state_folder.empty()) return false;
  std::vector<std::string> sessions = ledger().open_sessions();
  for (std::string& logged : logged_sessions(log_folder())) sessions.push_back(std::move(logged));
  std::sort(sessions.begin(), sessions.end());
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  bool any = false;
  for (const std::string& each : sessions) {
    auto left = each == session() ? std::nullopt : LeftLog::take(log_folder(), each);
    if (!left) continue;
    ledger().close_session(each, {left->marks(), {}, {}}, left->complete());
    left->remove();
    any = true;
  }
  return any;
}

// --- what calls cost that did not say so --------------------------------------------------------

// Called with the lock held.
void Books::start_asking() {
  if (!lookup_ || asking_) return;
  try {
    asker_ = std::jthread([this](std::stop_token stop) { ask_until(std::move(stop)); });
    asking_ = true;
  } catch (const std::system_error&) {
    // No thread to be had: the next one that is unknown tries again.
  }
}

void Books::ask_until(std::stop_token stop) {
  auto pause = first_ask;
  for (;;) {
    std::unique_lock lock(mutex_);
    pause_.wait_for(lock, stop, pause, [] { return false; });
    lock.unlock();
    if (stop.stop_requested()) return;
    Asked asked = Asked::not_yet;
    try {
      asked = ask_once(stop);
    } catch (const UpstreamError& error) {
      if (stop.stop_requested()) return;
      log(error.what());
    }
    lock.lock();
    if (asked == Asked::nothing_to_ask) {
      asking_ = false;
      return;
    }
    pause = asked == Asked::found_out ? first_ask : std::min(pause * 2, last_ask);
  }
}

Books::Asked Books::ask_once(const std::stop_token& stop) {
  write_pending();
  const std::vector<Unexplained> open = ledger().unexplained(now_ms() - asked_for_ms, most_asked);
  std::map<std::string, Entries> found;  // by session
  for (const Unexplained& each : open) {
    if (stop.stop_requested()) break;
    const auto cost = lookup_(each.purchased.gateway, each.generation, stop);
    if (!cost) continue;
    found[each.purchased.session].marks.push_back(
        {each.purchased.serial, PurchaseState::settled, *cost, CostSource::reported});
  }
  for (const auto& [session, entries] : found) ledger().write(session, entries);
  if (open.empty()) return Asked::nothing_to_ask;
  return found.empty() ? Asked::not_yet : Asked::found_out;
}

// --- seeing it ----------------------------------------------------------------------------------

std::vector<ReportRow> Books::report(const ReportQuery& query) {
  write_pending();
  close_left();
  return ledger().report(query);
}

Money Books::above_listed(const std::string& gateway, std::int64_t since_ms) {
  return ledger().standing(above_listed_scope(gateway), since_ms).spent;
}

bool Books::is_news(const std::string& what) {
  std::lock_guard lock(mutex_);
  return told_.insert(what).second;
}

std::vector<Standing> Books::standings(const std::vector<Budget>& budgets) {
  std::vector<Standing> found;
  for (const Budget& each : budgets) {
    found.push_back(ledger().standing(each.limit.scope, each.limit.since_ms));
  }
  return found;
}

}  // namespace catalog
