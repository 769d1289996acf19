// What was spent and what is left, gathered for whoever shows it: the tool, the resource, the
// command. On any thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/models/gateway_account.h"
#include "catalog/spend/ledger.h"
#include "tools/program.h"

namespace tools {

struct BudgetLine {
  std::string name;  // "day", "session", "openai/gpt-5 a day"
  catalog::Money most;
  catalog::Money spent;
  catalog::Money aside;  // for calls that run, or whose cost is not known

  catalog::Money left() const;
};

struct UsageReport {
  catalog::ReportRow session;  // this run of the program
  catalog::ReportRow today;    // UTC
  catalog::ReportRow month;    // UTC
  std::vector<catalog::ReportRow> rows;
  std::vector<BudgetLine> budgets;
  catalog::Money above_listed;  // this month: billed by gateways beyond the prices they list
};

struct UsageWish {
  std::string period = "today";  // session, today, month
  std::string by = "target";     // target, day, gateway
  std::string principal;         // who asks: "" is the owner, who sees everybody's
};

// Throws UpstreamError{io_error}.
UsageReport usage_report(Program& program, const UsageWish& wish);
// What the default gateway says of the key; nothing when it cannot be asked.
std::optional<catalog::KeyStatus> key_status(Program& program, std::stop_token stop);

// A row as lists show it: key, then `usage_columns`.
mcp::OrderedJson usage_row(const catalog::ReportRow& row);
inline const std::vector<std::string> usage_columns = {
    "calls", "usd", "usd_estimated", "usd_unknown_at_most", "calls_of_unknown_cost"};
mcp::OrderedJson usage_json(const UsageReport& report, const UsageWish& wish);
// "day: $1.2 of $10, $8.8 left"
std::string budget_text(const BudgetLine& line);

}  // namespace tools
