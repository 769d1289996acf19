#include "tools/usage_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/errors.h"
#include "tools/format.h"

namespace tools {
namespace {

using catalog::Money;
using catalog::ReportQuery;
using catalog::ReportRow;
using mcp::OrderedJson;

ReportRow total(catalog::Books& books, ReportQuery query) {
  query.by = ReportQuery::By::nothing;
  const auto rows = books.report(query);
  return rows.empty() ? ReportRow() : rows.front();
}

ReportQuery::By by_named(const std::string& name) {
  if (name == "day") return ReportQuery::By::day;
  return name == "gateway" ? ReportQuery::By::gateway : ReportQuery::By::target;
}

bool names_a_gateway(const Program& program, const catalog::Catalog& catalog,
                     const std::string& name) {
  const auto has_name = [&](const auto& each) { return each->name() == name; };
  return program.settings().gateway.name == name ||
         std::any_of(catalog.gateways().begin(), catalog.gateways().end(), has_name) ||
         std::any_of(catalog.directories().begin(), catalog.directories().end(), has_name);
}

// All that hold for somebody, whatever is called.
std::vector<catalog::Budget> all_budgets(Program& program, const std::string& principal) {
  catalog::Books& books = program.books();
  catalog::Purchased nothing{books.session(), 0, principal, {}, {}, books.now_ms(), {}};
  std::vector<catalog::Budget> found = budgets_of(books.budgets(), nothing);
  for (const auto& [name, most] : books.budgets().per_day) {
    catalog::Budgets only{{}, {}, {}, {}, {}, {}, {}, {{name, most}}};
    catalog::Purchased one = nothing;
    (names_a_gateway(program, program.catalog(), name) ? one.gateway : one.target) = name;
    for (catalog::Budget& each : budgets_of(only, one)) found.push_back(std::move(each));
  }
  return found;
}

OrderedJson totals(const ReportRow& row) {
  OrderedJson object = {{"calls", row.calls}, {"usd", rounded(usd(row.spent))}};
  if (row.estimated > Money{}) object["usd_estimated"] = rounded(usd(row.estimated));
  const Money open = row.unknown + row.aside;
  if (open > Money{}) object["usd_unknown_at_most"] = rounded(usd(open));
  if (row.untold > 0) object["calls_of_unknown_cost"] = row.untold;
  return object;
}

}  // namespace

Money BudgetLine::left() const { return std::max(Money{}, most - (spent + aside)); }

UsageReport usage_report(Program& program, const UsageWish& wish) {
  catalog::Books& books = program.books();
  const std::int64_t now = books.now_ms();
  ReportQuery today;
  today.since_ms = catalog::day_start_ms(now);
  if (!wish.principal.empty()) today.principal = wish.principal;
  ReportQuery month = today;
  month.since_ms = catalog::month_start_ms(now);
  ReportQuery session = today;
  session.since_ms = 0;
  session.session = books.session();
  session.principal = wish.principal;
  UsageReport report{total(books, session), total(books, today), total(books, month), {}, {}, {}};
  ReportQuery query = wish.period == "month" ? month : wish.period == "session" ? session : today;
  query.by = by_named(wish.by);
  report.rows = books.report(query);
  const std::vector<catalog::Budget> budgets = all_budgets(program, wish.principal);
  const std::vector<catalog::Standing> standings = books.standings(budgets);
  for (std::size_t i = 0; i < budgets.size(); ++i) {
    report.budgets.push_back(
        {budgets[i].name, budgets[i].limit.most, standings[i].spent, standings[i].aside});
  }
  for (const auto& gateway : program.catalog().gateways()) {
    report.above_listed = report.above_listed + books.above_listed(gateway->name(), month.since_ms);
  }
  return report;
}

std::optional<catalog::KeyStatus> key_status(Program& program, std::stop_token stop) {
  try {
    return program.catalog().gateway("").key_status(std::move(stop));
  } catch (const catalog::UpstreamError&) {
  } catch (const catalog::Refused&) {
  }
  return std::nullopt;
}

OrderedJson usage_row(const ReportRow& row) {
  return {row.key,
          row.calls,
          rounded(usd(row.spent)),
          rounded(usd(row.estimated)),
          rounded(usd(row.unknown + row.aside)),
          row.untold};
}

OrderedJson usage_json(const UsageReport& report, const UsageWish& wish) {
  OrderedJson columns = {wish.by};
  for (const std::string& column : usage_columns) columns.push_back(column);
  OrderedJson rows = OrderedJson::array();
  for (const ReportRow& row : report.rows) rows.push_back(usage_row(row));
  OrderedJson budgets = OrderedJson::array();
  for (const BudgetLine& line : report.budgets) {
    budgets.push_back({{"budget", line.name},
                       {"usd", rounded(usd(line.most))},
                       {"spent_usd", rounded(usd(line.spent))},
                       {"left_usd", rounded(usd(line.left()))}});
  }
  OrderedJson month = totals(report.month);
  if (report.above_listed > Money{}) month["usd_above_list"] = rounded(usd(report.above_listed));
  return {{"session", totals(report.session)}, {"today", totals(report.today)},
          {"month", std::move(month)},         {"columns", std::move(columns)},
          {"rows", std::move(rows)},           {"budgets", std::move(budgets)}};
}

std::string budget_text(const BudgetLine& line) {
  return fmt::format("{}: {} of {}, {} left", line.name, in_dollars(line.spent),
                     in_dollars(line.most), in_dollars(line.left()));
}

}  // namespace tools
