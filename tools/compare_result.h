// Several answers side by side, as `compare` shows them and `get_task` reads them later.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "mcp/fields.h"
#include "tools/several_asked.h"
#include "tools/tool.h"

namespace tools {

struct CompareResult {
  std::string status = "completed";
  mcp::Rows rows;
  std::optional<mcp::OrderedJson> verdict;
  std::optional<double> cost_usd;
  std::optional<std::string> cost_source;  // unknown: it is at least that
  std::optional<std::int64_t> duration_ms;
  std::optional<std::vector<std::string>> budget_alerts;

  static constexpr auto fields() {
    using R = CompareResult;
    using mcp::field;
    return mcp::field_list(
        field("status", &R::status, "completed or working"), field("rows", &R::rows, ""),
        field("verdict", &R::verdict, ""), field("cost_usd", &R::cost_usd, ""),
        field("cost_source", &R::cost_source, ""), field("duration_ms", &R::duration_ms, ""),
        field("budget_alerts", &R::budget_alerts, ""));
  }
};

struct Comparison {
  Outcomes outcomes;
  std::shared_ptr<const Outcome> verdict;  // null: nobody judged
};

// What stands for the outcome of that place in the rows and for the judge: 'A', 'B', ...
constexpr char label_of(std::size_t index) { return static_cast<char>('A' + index); }

// The texts share `result_bytes` fairly; what is cut is kept whole in a file.
Reply<CompareResult> compare_reply(const Comparison& comparison, const Settings& settings,
                                   std::chrono::milliseconds took);

// How far it has come, for who asks meanwhile: who is over, and the answers that there are.
std::string so_far(const Outcomes& outcomes);

}  // namespace tools
