#include "catalog/spend/sqlite_ledger.h"

#include <algorithm>
#include <map>
#include <utility>

#include "catalog/errors.h"

namespace catalog {
namespace {

// Of what this program writes into the file. A version that counts differently raises it.
constexpr std::int64_t schema_version = 1;

// The second index is used by queries that repeat its condition word by word, and by no others.
// With IN instead of OR each change of a row would fill a table in memory with the list.
constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS purchase(
    session TEXT NOT NULL, serial INTEGER NOT NULL, principal TEXT NOT NULL, gateway TEXT NOT NULL,
    target TEXT NOT NULL, created_ms INTEGER NOT NULL, amount INTEGER NOT NULL CHECK(amount >= 0),
    state INTEGER NOT NULL, cost INTEGER NOT NULL DEFAULT 0 CHECK(cost >= 0),
    cost_source INTEGER NOT NULL DEFAULT 2, generation TEXT NOT NULL DEFAULT '',
    PRIMARY KEY(session, serial)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS purchase_created ON purchase(created_ms);
  CREATE INDEX IF NOT EXISTS purchase_not_ended ON purchase(state) WHERE state < 2 OR state = 4;
  CREATE TABLE IF NOT EXISTS spending(
    scope TEXT NOT NULL, window_ms INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0,
    aside INTEGER NOT NULL DEFAULT 0, alerted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY(scope, window_ms)) WITHOUT ROWID;
)";

constexpr std::int64_t day_ms = 24 * 60 * 60 * 1000;

using Within = Database::Transaction;

std::int64_t number(PurchaseState state) { return static_cast<std::int64_t>(state); }

// Columns: session, serial, principal, gateway, target, created_ms, amount.
Purchased read_purchased(const Statement& row) {
  return {row.text(0), row.number(1), row.text(2),    row.text(3),
          row.text(4), row.number(5), {row.number(6)}};
}

// Of a transaction, or of the database itself.
template <class Runner>
Standing standing_of(Runner& runner, const std::string& scope, std::int64_t since_ms) {
  Standing found;
  runner.run(
      "SELECT total(spent), total(aside), max(alerted) FROM spending "
      "WHERE scope = ?1 AND window_ms >= ?2",
      [&](Statement& s) { s.bind(1, scope).bind(2, since_ms); },
      [&](const Statement& row) {
        found = {{row.number(0)}, {row.number(1)}, static_cast<int>(row.number(2))};
      });
  return found;
}

// What a transaction changes in the sums, so that many purchases change each of them once.
class Sums {
 public:
  void add(const Scope& scope, Money spent, Money aside) {
    Change& change = changes_[{scope.name, scope.window_ms}];
    change.spent = change.spent + spent;
    change.aside = change.aside + aside;
  }
  void add(const Purchased& purchased, Money spent, Money aside) {
    for (const Scope& scope : scopes_of(purchased)) add(scope, spent, aside);
  }

  void write(Within& within) {
    for (const auto& [scope, change] : changes_) {
      within.run(
          "INSERT INTO spending(scope, window_ms, spent, aside) VALUES(?1, ?2, ?3, ?4) "
          "ON CONFLICT DO UPDATE SET spent = spent + excluded.spent, aside = aside + "
          "excluded.aside",
          [scope = &scope, change = &change](Statement& s) {
            s.bind(1, scope->first).bind(2, scope->second);
            s.bind(3, change->spent.nano_usd).bind(4, change->aside.nano_usd);
          });
    }
    changes_.clear();
  }

 private:
  struct Change {
    Money spent;
    Money aside;
  };
  std::map<std::pair<std::string, std::int64_t>, Change> changes_;  // by scope and window
};

void insert(Within& within, Sums& sums, const Purchased& purchased) {
  within.run(
      "INSERT INTO purchase(session, serial, principal, gateway, target, created_ms, amount, "
      "state) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
      [&](Statement& s) {
        s.bind(1, purchased.session).bind(2, purchased.serial).bind(3, purchased.principal);
        s.bind(4, purchased.gateway).bind(5, purchased.target);
        s.bind(6, purchased.created_ms).bind(7, purchased.amount.nano_usd);
      });
  sums.add(purchased, {}, purchased.amount);
}

std::vector<Purchased> select(Within& within, const char* sql, const Database::Bind& bind) {
  std::vector<Purchased> found;
  within.run(sql, bind, [&](const Statement& row) { found.push_back(read_purchased(row)); });
  return found;
}

// Its end, if it has none yet: the money put aside becomes what it cost.
void end(Within& within, Sums& sums, const std::string& session, const Mark& mark) {
  const auto unended = select(within,
                              "SELECT session, serial, principal, gateway, target, created_ms, "
                              "amount FROM purchase WHERE session = ?1 AND serial = ?2 "
                              "AND (state < 2 OR state = 4)",
                              [&](Statement& s) { s.bind(1, session).bind(2, mark.serial); });
  if (unended.empty()) return;
  within.run(
      "UPDATE purchase SET state = ?3, cost = ?4, cost_source = ?5 "
      "WHERE session = ?1 AND serial = ?2",
      [&](Statement& s) {
        s.bind(1, session).bind(2, mark.serial).bind(3, number(mark.state));
        s.bind(4, mark.cost.nano_usd).bind(5, static_cast<std::int64_t>(mark.source));
      });
  const Purchased& ended = unended.front();
  sums.add(ended, mark.cost, Money{} - ended.amount);
  if (mark.above_listed <= Money{}) return;
  const Scope above{above_listed_scope(ended.gateway), day_start_ms(ended.created_ms)};
  sums.add(above, mark.above_listed, {});
}

// `sent` after `open` alone, `unknown` after both.
void move_on(Within& within, const std::string& session, const Mark& mark) {
  within.run(
      "UPDATE purchase SET state = ?3 WHERE session = ?1 AND serial = ?2 AND state < 2 "
      "AND state < ?3",
      [&](Statement& s) { s.bind(1, session).bind(2, mark.serial).bind(3, number(mark.state)); });
}

void write_mark(Within& within, Sums& sums, const std::string& session, const Mark& mark) {
  if (!mark.generation.empty()) {
    within.run(
        "UPDATE purchase SET generation = ?3 WHERE session = ?1 AND serial = ?2",
        [&](Statement& s) { s.bind(1, session).bind(2, mark.serial).bind(3, mark.generation); });
  }
  const bool ends = mark.state == PurchaseState::settled || mark.state == PurchaseState::released;
  ends ? end(within, sums, session, mark) : move_on(within, session, mark);
}

void write_all(Within& within, const std::string& session, const Entries& entries) {
  Sums sums;
  for (const Unreserved& each : entries.unreserved) {
    insert(within, sums, each.purchased);
    end(within, sums, session,
        {each.purchased.serial, PurchaseState::settled, each.cost, each.source});
  }
  for (const Mark& mark : entries.marks) write_mark(within, sums, session, mark);
  sums.write(within);
  for (const Alerted& each : entries.alerts) {
    within.run("UPDATE spending SET alerted = max(alerted, ?3) WHERE scope = ?1 AND window_ms = ?2",
               [&](Statement& s) {
                 s.bind(1, each.scope.name).bind(2, each.scope.window_ms).bind(3, each.percent);
               });
  }
}

constexpr const char* report_sql[] = {
#define PATCHBAY_REPORT(key)                                                                     \
  "SELECT " key                                                                                  \
  ", sum(state <> 3), total(iif(state = 2, cost, 0)), "                                          \
  "total(iif(state = 2 AND cost_source = 1, cost, 0)), total(iif(state IN (0, 1), amount, 0)), " \
  "total(iif(state = 4, amount, 0)), total(state = 2 AND cost_source = 2) "                      \
  "FROM purchase WHERE created_ms >= ?1 "                                                        \
  "AND (?2 = '' OR session = ?3) AND (?4 = '' OR principal = ?5) "                               \
  "GROUP BY 1 HAVING sum(state <> 3) > 0 ORDER BY 3 DESC, 2 DESC, 1"
    PATCHBAY_REPORT("''"),
    PATCHBAY_REPORT("target"),
    PATCHBAY_REPORT("date(created_ms / 1000, 'unixepoch')"),
    PATCHBAY_REPORT("gateway"),
#undef PATCHBAY_REPORT
};

}  // namespace

SqliteLedger::SqliteLedger(const std::string& file, std::chrono::milliseconds patience)
    : database_(file, schema, patience) {
  database_.transaction([this](Within& within) { begin(within); });
}

// The version is looked at each time: another process may have raised it meanwhile.
void SqliteLedger::begin(Within& within) {
  std::int64_t version = 0;
  within.run("PRAGMA user_version", {}, [&](const Statement& row) { version = row.number(0); });
  if (version < schema_version) within.run("PRAGMA user_version = 1");
  if (version <= schema_version) return;
  UpstreamError error(Kind::io_error,
                      "the ledger was written by a newer version of Patchbay, which this one "
                      "cannot add to");
  error.advice = "The user must update Patchbay, or start this session again with the new one.";
  throw error;
}

Decision SqliteLedger::reserve(const Purchased& purchased, std::span<const Limit> limits,
                               const Entries& before) {
  Decision decision;
  database_.transaction([&](Within& within) {
    begin(within);
    write_all(within, purchased.session, before);
    for (const Limit& limit : limits) {
      const Standing now = standing_of(within, limit.scope, limit.since_ms);
      decision.standings.push_back(now);
      const bool fits = now.spent + now.aside + purchased.amount <= limit.most;
      if (!fits && !decision.exceeded) decision.exceeded = decision.standings.size() - 1;
    }
    if (decision.exceeded) return;
    Sums sums;
    insert(within, sums, purchased);
    sums.write(within);
  });
  return decision;
}

void SqliteLedger::write(const std::string& session, const Entries& entries) {
  database_.transaction([&](Within& within) {
    begin(within);
    write_all(within, session, entries);
  });
}

std::vector<std::string> SqliteLedger::open_sessions() {
  std::vector<std::string> sessions;
  database_.run(
      "SELECT DISTINCT session FROM purchase INDEXED BY purchase_not_ended "
      "WHERE (state < 2 OR state = 4) AND state < 2",
      {}, [&](const Statement& row) { sessions.push_back(row.text(0)); });
  return sessions;
}

void SqliteLedger::close_session(const std::string& session, const Entries& last,
                                 bool unsent_is_known) {
  database_.transaction([&](Within& within) {
    begin(within);
    write_all(within, session, last);
    const auto unsent = select(within,
                               "SELECT session, serial, principal, gateway, target, created_ms, "
                               "amount FROM purchase WHERE session = ?1 AND state = 0",
                               [&](Statement& s) { s.bind(1, session); });
    Sums sums;
    for (const Purchased& each : unsent) {
      if (unsent_is_known) end(within, sums, session, {each.serial, PurchaseState::released});
    }
    sums.write(within);
    within.run("UPDATE purchase SET state = 4 WHERE session = ?1 AND state < 2",
               [&](Statement& s) { s.bind(1, session); });
  });
}

std::vector<Unexplained> SqliteLedger::unexplained(std::int64_t since_ms, int most) {
  std::vector<Unexplained> found;
  database_.run(
      "SELECT session, serial, principal, gateway, target, created_ms, amount, generation "
      "FROM purchase WHERE (state < 2 OR state = 4) AND state = 4 AND generation <> '' AND "
      "created_ms >= "
      "?1 "
      "ORDER BY created_ms LIMIT ?2",
      [&](Statement& s) { s.bind(1, since_ms).bind(2, std::int64_t{most}); },
      [&](const Statement& row) {
        found.push_back({read_purchased(row), row.text(7)});
      });
  return found;
}

void SqliteLedger::tidy(std::int64_t now_ms) {
  database_.transaction([&](Within& within) {
    begin(within);
    const auto old = select(within,
                            "SELECT session, serial, principal, gateway, target, created_ms, "
                            "amount FROM purchase WHERE (state < 2 OR state = 4) AND state = 4 "
                            "AND created_ms < ?1 LIMIT 1000",
                            [&](Statement& s) { s.bind(1, now_ms - day_ms); });
    Sums sums;
    for (const Purchased& each : old) {
      end(within, sums, each.session,
          {each.serial, PurchaseState::settled, each.amount, CostSource::estimated});
    }
    sums.write(within);
    within.run(
        "DELETE FROM purchase WHERE (session, serial) IN (SELECT session, serial FROM purchase "
        "WHERE created_ms < ?1 AND state IN (2, 3) LIMIT 1000)",
        [&](Statement& s) { s.bind(1, now_ms - 400 * day_ms); });
    within.run(
        "DELETE FROM spending WHERE (scope = 'minute' AND window_ms < ?1) "
        "OR (scope LIKE 'session:%' AND window_ms < ?2) OR window_ms < ?3",
        [&](Statement& s) {
          s.bind(1, now_ms - day_ms).bind(2, now_ms - 60 * day_ms).bind(3, now_ms - 400 * day_ms);
        });
  });
}

Standing SqliteLedger::standing(const std::string& scope, std::int64_t since_ms) {
  return standing_of(database_, scope, since_ms);
}

std::vector<ReportRow> SqliteLedger::report(const ReportQuery& query) {
  std::vector<ReportRow> rows;
  database_.run(
      report_sql[static_cast<std::size_t>(query.by)],
      [&](Statement& s) {
        s.bind(1, query.since_ms);
        s.bind(2, query.session ? "1" : "").bind(3, query.session.value_or(""));
        s.bind(4, query.principal ? "1" : "").bind(5, query.principal.value_or(""));
      },
      [&](const Statement& row) {
        rows.push_back({row.text(0),
                        row.number(1),
                        {row.number(2)},
                        {row.number(3)},
                        {row.number(4)},
                        {row.number(5)},
                        row.number(6)});
      });
  return rows;
}

}  // namespace catalog
