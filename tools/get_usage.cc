// What was spent, and what may still be.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/all.h"
#include "tools/format.h"
#include "tools/tool.h"
#include "tools/usage_report.h"

namespace tools {
namespace {

using mcp::OrderedJson;

constexpr std::array<std::string_view, 3> periods = {"session", "today", "month"};
constexpr std::array<std::string_view, 3> groups = {"target", "day", "gateway"};

struct Arguments {
  std::optional<std::string> period;
  std::optional<std::string> by;

  static constexpr auto fields() {
    using A = Arguments;
    using mcp::field;
    return mcp::field_list(field("period", &A::period, "session, today, month"),
                           field("by", &A::by, "target, day, gateway"));
  }
};

// The names say what each is; those that say it worst have a word more, and are in the schema.
struct Result {
  std::optional<OrderedJson> session;
  std::optional<OrderedJson> today;
  std::optional<OrderedJson> month;
  std::optional<OrderedJson> columns;
  std::optional<mcp::Rows> rows;
  std::optional<mcp::Rows> budgets;
  std::optional<OrderedJson> key;

  static constexpr auto fields() {
    using R = Result;
    using mcp::field;
    return mcp::field_list(field("session", &R::session, ""),
                           field("today", &R::today, "calls, usd"), field("month", &R::month, ""),
                           field("columns", &R::columns, ""), field("rows", &R::rows, ""),
                           field("budgets", &R::budgets, "What is left"),
                           field("key", &R::key, ""));
  }
};

std::string line(std::string_view name, const catalog::ReportRow& row) {
  std::string text = fmt::format("{}: {} in {} call{}", name, in_dollars(row.spent), row.calls,
                                 row.calls == 1 ? "" : "s");
  const catalog::Money open = row.unknown + row.aside;
  if (open > catalog::Money{}) text += fmt::format(", at most {} more", in_dollars(open));
  if (row.untold > 0) text += fmt::format(", {} of unknown cost", row.untold);
  return text;
}

OrderedJson key_json(const catalog::KeyStatus& status) {
  OrderedJson object = OrderedJson::object();
  const auto add = [&](const char* name, const std::optional<double>& usd) {
    if (usd) object[name] = rounded(*usd);
  };
  add("usage_usd", status.usage);
  add("today_usd", status.usage_today);
  add("month_usd", status.usage_this_month);
  add("limit_usd", status.limit);
  add("limit_remaining_usd", status.limit_remaining);
  if (!status.limit_reset.empty()) object["limit_reset"] = status.limit_reset;
  return object;
}

std::string key_text(const catalog::KeyStatus& status) {
  std::string text = fmt::format("the gateway's view of the key: {} so far", money(*status.usage));
  if (status.usage_today) text += fmt::format(", {} today", money(*status.usage_today));
  if (status.limit_remaining) text += fmt::format(", {} left", money(*status.limit_remaining));
  return text;
}

// What the gateway counts today and the ledger does not know of. It counts a little later than we
// do, so less is no news.
std::string unknown_to_ledger(Program& program, const catalog::KeyStatus& status) {
  constexpr double tolerated = 1.02;
  if (!status.usage_today) return {};
  catalog::ReportQuery today;
  today.since_ms = catalog::day_start_ms(program.books().now_ms());
  today.by = catalog::ReportQuery::By::gateway;
  double ours = 0;
  for (const catalog::ReportRow& row : program.books().report(today)) {
    if (row.key == program.settings().gateway.name) ours = usd(row.spent + row.unknown + row.aside);
  }
  if (*status.usage_today <= ours * tolerated + 0.01) return {};
  return fmt::format(
      "\nthe gateway counts {} more today than the ledger knows of: another program uses the key, "
      "or "
      "a part of the ledger was lost",
      money(*status.usage_today - ours));
}

std::string text_of(const UsageReport& report, const UsageWish& wish) {
  std::string text = line("this session", report.session) + "\n" + line("today", report.today) +
                     "\n" + line("this month", report.month);
  if (!report.rows.empty()) text += fmt::format("\nby {}, {}:", wish.by, wish.period);
  for (const catalog::ReportRow& row : report.rows) text += "\n  " + line(row.key, row);
  for (const BudgetLine& each : report.budgets) text += "\nbudget " + budget_text(each);
  if (report.above_listed > catalog::Money{}) {
    text += fmt::format("\nthis month {} of it beyond the prices that are listed",
                        in_dollars(report.above_listed));
  }
  return text;
}

// The words are told by the descriptions alone: an enum would be paid for in every context.
std::string one_of(const std::optional<std::string>& given, std::string_view name,
                   const std::array<std::string_view, 3>& known, std::string_view usual) {
  const std::string word = given.value_or(std::string(usual));
  if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  throw mcp::InvalidArguments(
      fmt::format("arguments.{}: expected one of {}", name, fmt::join(known, ", ")));
}

Reply<Result> get_usage(Program& program, mcp::Call& call, const Arguments& arguments) {
  UsageWish wish;
  wish.period = one_of(arguments.period, "period", periods, "today");
  wish.by = one_of(arguments.by, "by", groups, "target");
  wish.principal = call.principal();
  const UsageReport report = usage_report(program, wish);
  OrderedJson json = usage_json(report, wish);
  Result result;
  result.session = json["session"];
  result.today = json["today"];
  result.month = json["month"];
  result.columns = json["columns"];
  result.rows = mcp::Rows(json["rows"].begin(), json["rows"].end());
  result.budgets = mcp::Rows(json["budgets"].begin(), json["budgets"].end());
  std::string text = text_of(report, wish);
  // The key is the owner's; what others do with it is not for every caller to see.
  if (wish.principal.empty()) {
    if (const auto status = key_status(program, call.stop_token())) {
      result.key = key_json(*status);
      text += "\n" + key_text(*status) + unknown_to_ledger(program, *status);
    }
  }
  return {std::move(result), std::move(text)};
}

}  // namespace

mcp::Tool get_usage_tool(Program& program) {
  return make_tool(
      {"get_usage", "Spending", "What was spent, and what the budgets still hold.", lookup},
      program, get_usage);
}

}  // namespace tools
