// What any engine of the ledger must do. `make` returns a new, empty one.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/spend/ledger.h"

namespace tests {

using catalog::CostSource;
using catalog::Decision;
using catalog::dollars;
using catalog::Entries;
using catalog::Ledger;
using catalog::Limit;
using catalog::Mark;
using catalog::Money;
using catalog::Purchased;
using catalog::PurchaseState;
using catalog::ReportQuery;
using catalog::ReportRow;

using MakeLedger = std::function<std::unique_ptr<Ledger>()>;

inline constexpr std::int64_t noon = 1'763'640'000'000;  // 2025-11-20 12:00:00 UTC
inline constexpr std::int64_t hour_ms = 3'600'000;

inline Purchased purchase(std::int64_t serial, double usd, const std::string& session = "s1",
                          std::int64_t at = noon) {
  return {session, serial, "", "openrouter", "a/b", at, dollars(usd)};
}

inline Limit day_limit(double usd, std::int64_t at = noon) {
  return {catalog::day_scope, catalog::day_start_ms(at), dollars(usd)};
}

inline Mark settled(std::int64_t serial, double usd) {
  return {serial, PurchaseState::settled, dollars(usd), CostSource::reported};
}

inline ReportRow whole(Ledger& ledger) {
  const auto rows = ledger.report({});
  return rows.empty() ? ReportRow() : rows.front();
}

// A day's sum equals the sum of the purchases, whatever became of them.
inline void check_sums(Ledger& ledger) {
  const auto standing = ledger.standing(catalog::day_scope, 0);
  const ReportRow row = whole(ledger);
  CHECK(standing.spent == row.spent);
  CHECK(standing.aside == row.aside + row.unknown);
}

inline void limits_hold(Ledger& ledger) {
  const std::vector<Limit> limits = {day_limit(1), {"target:a/b", 0, dollars(5)}};
  CHECK_FALSE(ledger.reserve(purchase(1, 0.6), limits, {}).exceeded);
  const Decision refused = ledger.reserve(purchase(2, 0.6), limits, {});
  CHECK(refused.exceeded == 0);
  CHECK(refused.standings[0].aside == dollars(0.6));
  CHECK(whole(ledger).calls == 1);
  // What was put aside and not spent is there for the next.
  CHECK_FALSE(ledger.reserve(purchase(3, 0.6), limits, {{settled(1, 0.4)}, {}, {}}).exceeded);
  CHECK(ledger.standing(catalog::day_scope, 0).spent == dollars(0.4));
  CHECK(ledger.reserve(purchase(4, catalog::usd(catalog::most_money)), limits, {}).exceeded == 0);
  check_sums(ledger);
}

inline void first_end_counts(Ledger& ledger) {
  ledger.reserve(purchase(1, 0.5), {}, {});
  ledger.write("s1", {{settled(1, 0.2), settled(1, 0.3), {1, PurchaseState::released}}, {}, {}});
  ledger.write("s1", {{{1, PurchaseState::unknown}, {1, PurchaseState::sent}}, {}, {}});
  ledger.write("other", {{settled(1, 9)}, {}, {}});
  CHECK(whole(ledger).spent == dollars(0.2));
  CHECK(whole(ledger).unknown == Money{});
  ledger.reserve(purchase(2, 0.5), {}, {{{2, PurchaseState::released}}, {}, {}});  // too early
  ledger.write("s1", {{{2, PurchaseState::released}}, {}, {}});
  CHECK(whole(ledger).calls == 1);
  check_sums(ledger);
}

inline void unknown_is_found_out_later(Ledger& ledger) {
  ledger.reserve(purchase(1, 0.5), {}, {});
  Mark heard{1, PurchaseState::sent};
  heard.generation = "gen-'1';--";
  ledger.write("s1", {{heard, {1, PurchaseState::unknown}}, {}, {}});
  ledger.reserve(purchase(2, 0.7), {}, {});
  ledger.write("s1", {{{2, PurchaseState::sent}, {2, PurchaseState::unknown}}, {}, {}});
  CHECK(whole(ledger).unknown == dollars(1.2));
  const auto open = ledger.unexplained(0, 10);
  REQUIRE(open.size() == 1);
  CHECK(open[0].generation == heard.generation);
  CHECK(open[0].purchased.gateway == "openrouter");
  CHECK(ledger.unexplained(noon + 1, 10).empty());
  ledger.write("s1", {{settled(1, 0.1)}, {}, {}});
  CHECK(ledger.unexplained(0, 10).empty());
  check_sums(ledger);
  ledger.tidy(noon + 23 * hour_ms);
  CHECK(whole(ledger).unknown == dollars(0.7));
  ledger.tidy(noon + 25 * hour_ms);  // nobody will ever tell: its worst counts
  CHECK(whole(ledger).unknown == Money{});
  CHECK(whole(ledger).spent == dollars(0.8));
  CHECK(whole(ledger).estimated == dollars(0.7));
  check_sums(ledger);
}

inline void sessions_are_closed(Ledger& ledger) {
  const auto three = [&](const std::string& session) {
    for (int serial = 1; serial <= 3; ++serial) {
      ledger.reserve(purchase(serial, 1, session), {}, {});
    }
    ledger.write(session, {{{2, PurchaseState::sent}}, {}, {}});
  };
  three("gone");
  three("lost");
  CHECK(ledger.open_sessions().size() == 2);
  ledger.close_session("gone", {{{3, PurchaseState::sent}, settled(3, 0.25)}, {}, {}}, true);
  CHECK(whole(ledger).spent == dollars(0.25));
  CHECK(whole(ledger).unknown == dollars(1));  // the one that was sent
  CHECK(ledger.open_sessions() == std::vector<std::string>{"lost"});
  ledger.close_session("lost", {}, false);
  CHECK(whole(ledger).unknown == dollars(4));
  CHECK(ledger.open_sessions().empty());
  check_sums(ledger);
}

inline void windows_are_utc_and_never_freed_by_a_clock(Ledger& ledger) {
  const std::int64_t midnight = catalog::day_start_ms(noon) + 24 * hour_ms;
  ledger.reserve(purchase(1, 1, "s1", midnight - 1000), {}, {});
  // It ends on the next day and counts on the day it was made.
  const Decision next =
      ledger.reserve(purchase(2, 1, "s1", midnight + 1000), std::vector{day_limit(1, midnight)},
                     {{settled(1, 1)}, {}, {}});
  CHECK_FALSE(next.exceeded);
  const Decision back = ledger.reserve(purchase(3, 1, "s1", midnight - 2000),
                                       std::vector{day_limit(2.5, midnight - 2000)}, {});
  CHECK(back.exceeded == 0);  // what was spent "tomorrow" counts
  CHECK(catalog::month_start_ms(noon) == catalog::day_start_ms(noon) - 19 * 24 * hour_ms);
}

inline void reports_are_grouped(Ledger& ledger) {
  Purchased other = purchase(2, 1);
  other.target = "c/d";
  other.gateway = "local";
  other.principal = "ada";
  ledger.reserve(purchase(1, 1), {}, {});
  ledger.reserve(other, {}, {{settled(1, 0.5)}, {}, {}});
  ledger.write("s1", {{settled(2, 0.75)}, {{purchase(3, 0), {}}}, {}});
  const auto rows = ledger.report({0, {}, {}, ReportQuery::By::target});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == "c/d");
  CHECK(rows[1].calls == 2);  // the free one counts too
  CHECK(rows[1].untold == 0);
  CHECK(ledger.report({0, {}, "ada", ReportQuery::By::gateway}).front().key == "local");
  CHECK(ledger.report({0, {}, {}, ReportQuery::By::day}).front().key == "2025-11-20");
  CHECK(ledger.report({0, "nobody", {}, ReportQuery::By::nothing}).empty());
  CHECK(ledger.report({noon + 1, {}, {}, ReportQuery::By::nothing}).empty());
}

inline void what_is_above_the_list_is_summed(Ledger& ledger) {
  Mark dear = settled(1, 0.5);
  dear.above_listed = dollars(0.2);
  ledger.reserve(purchase(1, 1), {}, {});
  ledger.write("s1", {{dear, dear}, {}, {}});
  const std::string scope = catalog::above_listed_scope("openrouter");
  CHECK(ledger.standing(scope, catalog::day_start_ms(noon)).spent == dollars(0.2));
  check_sums(ledger);
}

inline void alerts_are_remembered(Ledger& ledger) {
  const std::vector<Limit> limits = {day_limit(1)};
  ledger.reserve(purchase(1, 0.1), limits, {});
  const catalog::Alerted half{{catalog::day_scope, catalog::day_start_ms(noon)}, 50};
  ledger.write("s1", {{}, {}, {half}});
  CHECK(ledger.reserve(purchase(2, 0.1), limits, {}).standings[0].alerted == 50);
}

inline void check_engine(const MakeLedger& make) {
  for (const auto check :
       {limits_hold, first_end_counts, unknown_is_found_out_later, sessions_are_closed,
        windows_are_utc_and_never_freed_by_a_clock, reports_are_grouped,
        what_is_above_the_list_is_summed, alerts_are_remembered}) {
    const std::unique_ptr<Ledger> ledger = make();
    check(*ledger);
  }
}

}  // namespace tests
