// patchbay usage: what was spent, for people.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/commands/command.h"
#include "tools/usage_report.h"

namespace tools {
namespace {

using catalog::Money;
using catalog::ReportRow;

constexpr std::size_t name_width = 36;
constexpr std::size_t bar_width = 20;

struct Given {
  std::string period = "month";
  std::string by = "target";
  bool json = false;
  bool csv = false;
};

// At most so many characters, cut in the middle: both ends of an id tell something.
std::string fitted(const std::string& name, std::size_t width) {
  if (name.size() <= width) return name;
  const std::size_t kept = width - 2;
  return name.substr(0, kept / 2) + ".." + name.substr(name.size() - (kept - kept / 2));
}

// Blocks on a terminal; a pipe gets no decoration.
std::string bar(Money part, Money whole, bool decorated) {
  if (!decorated) return {};
  const double share = whole > Money{} ? std::min(1.0, usd(part) / usd(whole)) : 0;
  const auto eighths = static_cast<std::size_t>(share * bar_width * 8 + 0.5);
  static constexpr const char* partial[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  text += partial[eighths % 8];
  const std::size_t shown = eighths / 8 + (eighths % 8 != 0 ? 1 : 0);
  return text + std::string(bar_width - shown, ' ');
}

// Names come from configurations and commands, and are shown on a terminal.
std::string clean(const std::string& name) {
  std::string out;
  for (const char c : name) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  return out;
}

// Cents under cents; what is less is written out.
std::string cell(Money money) {
  return usd(money) >= 0.005 ? fmt::format("${:.2f}", usd(money)) : in_dollars(money);
}

void print_row(const std::string& name, const ReportRow& row, Money largest, bool decorated) {
  const Money open = row.unknown + row.aside;
  std::string line =
      fmt::format("  {:<{}} {:>5} {:>10}  {}", fitted(clean(name), name_width), name_width,
                  row.calls, cell(row.spent), bar(row.spent, largest, decorated));
  while (line.back() == ' ') line.pop_back();
  fmt::print("{}\n", line);
  if (open > Money{}) fmt::print("  {:<{}}       + up to {}\n", "", name_width, cell(open));
  if (row.untold > 0) {
    fmt::print("  {:<{}} {:>5} of unknown cost\n", "", name_width, row.untold);
  }
}

void print_rows(const std::string& title, const std::vector<ReportRow>& rows, bool decorated) {
  Money largest;
  for (const ReportRow& row : rows) largest = std::max(largest, row.spent);
  fmt::print("\n  {:<{}} {:>5} {:>10}\n", title, name_width, "calls", "spent");
  for (const ReportRow& row : rows) print_row(row.key, row, largest, decorated);
  if (rows.empty()) fmt::print("  nothing yet\n");
}

void print_budgets(const std::vector<BudgetLine>& budgets, bool decorated) {
  if (budgets.empty()) return;
  fmt::print("\n  {:<{}} {:>5} {:>10}\n", "budget", name_width, "used", "of");
  for (const BudgetLine& each : budgets) {
    const Money used = each.spent + each.aside;
    const double share = each.most > Money{} ? 100 * usd(used) / usd(each.most) : 100;
    std::string line =
        fmt::format("  {:<{}} {:>4.0f}% {:>10}  {}", fitted(clean(each.name), name_width),
                    name_width, share, cell(each.most), bar(used, each.most, decorated));
    while (line.back() == ' ') line.pop_back();
    fmt::print("{}\n", line);
  }
}

// Quoted as a spreadsheet reads it, and so that none takes it for a formula.
std::string csv_cell(const std::string& text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@").find(text[0]) != std::string_view::npos) out += "'";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

void print_csv(const UsageReport& report, const std::string& by) {
  fmt::print("{},{}\n", by, fmt::join(usage_columns, ","));
  for (const ReportRow& row : report.rows) {
    fmt::print("{},{},{:.9f},{:.9f},{:.9f},{}\n", csv_cell(row.key), row.calls, usd(row.spent),
               usd(row.estimated), usd(row.unknown + row.aside), row.untold);
  }
}

void print_for_people(Program& program, const UsageReport& report, const Given& given) {
  const bool decorated = ::isatty(1) == 1;
  const ReportRow& month = report.month;
  fmt::print("Today {} in {} calls, this month {} in {} calls (UTC)\n",
             in_dollars(report.today.spent), report.today.calls, in_dollars(month.spent),
             month.calls);
  if (report.above_listed > Money{}) {
    fmt::print("{} of it beyond the prices that are listed\n", in_dollars(report.above_listed));
  }
  if (given.by != "day") {
    std::vector<ReportRow> days = usage_report(program, {"month", "day", ""}).rows;
    std::sort(days.begin(), days.end(),
              [](const ReportRow& a, const ReportRow& b) { return a.key < b.key; });
    print_rows("day", days, decorated);
  }
  print_rows(given.by + (given.period == "today" ? ", today" : ""), report.rows, decorated);
  std::vector<BudgetLine> budgets = report.budgets;
  const auto of_a_run = [](const BudgetLine& each) {
    return each.name == "session" || each.name == "minute";
  };
  budgets.erase(std::remove_if(budgets.begin(), budgets.end(), of_a_run), budgets.end());
  print_budgets(budgets, decorated);
}

int usage(Program& program, const Given& given) {
  const UsageWish wish{given.period, given.by, ""};
  const UsageReport report = usage_report(program, wish);
  if (given.json) {
    fmt::print("{}\n", usage_json(report, wish).dump(2));
  } else if (given.csv) {
    print_csv(report, given.by);
  } else {
    print_for_people(program, report, given);
  }
  return 0;
}

}  // namespace

Command usage_command(CLI::App& app) {
  const auto given = std::make_shared<Given>();
  app.add_option("--period", given->period, "of the rows")
      ->check(CLI::IsMember({"today", "month"}))
      ->capture_default_str();
  app.add_option("--by", given->by, "what the rows are")
      ->check(CLI::IsMember({"target", "day", "gateway"}))
      ->capture_default_str();
  app.add_flag("--json", given->json, "everything, as JSON");
  app.add_flag("--csv", given->csv, "the rows, for a spreadsheet");
  app.footer(
      "Examples:\n"
      "  patchbay usage --period today --by day\n"
      "  patchbay usage --csv >spent.csv");
  return [given](Program& program) { return usage(program, *given); };
}

}  // namespace tools
