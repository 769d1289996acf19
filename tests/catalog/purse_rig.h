// Books and purses with a clock of their own, for tests of what may be bought.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalog/spend/purse.h"

namespace tests {

using catalog::Answer;
using catalog::Books;
using catalog::Budgets;
using catalog::dollars;
using catalog::Kind;
using catalog::Payer;
using catalog::Purchase;
using catalog::Purse;
using catalog::Quote;
using catalog::Refused;
using catalog::ReportRow;

inline Quote quote(double usd, std::int64_t max_tokens = 1000) {
  Quote out;
  out.worst_case = dollars(usd);
  out.max_tokens = max_tokens;
  out.output_usd_per_million = usd * 1e6 / static_cast<double>(max_tokens);
  return out;
}

inline Answer answer(std::optional<double> cost) {
  Answer out;
  out.cost_usd = cost;
  out.cost_source = cost ? catalog::CostSource::reported : catalog::CostSource::unknown;
  return out;
}

struct PurseRig {
  explicit PurseRig(Budgets budgets = {}, std::string folder = {})
      : books({std::move(budgets), std::move(folder),
               [this](std::string_view line) { log += line; }, [this] { return now; }}) {}

  Purse purse(std::optional<double> most = {}, std::function<bool(const std::string&)> ask = {}) {
    Payer payer{"", "a/b", most ? std::optional(dollars(*most)) : std::nullopt, {}};
    if (ask) payer.ask = [ask](const std::string& question, bool) { return ask(question); };
    return Purse(books, std::move(payer));
  }
  // Buys it, or says why not.
  std::optional<Refused> buy(const Quote& what, double cost, Purse with) {
    try {
      Purchase one(&with, "gateway", what);
      one.sent();
      one.settle(answer(cost));
      alerts = with.alerts();
      return std::nullopt;
    } catch (const Refused& refused) {
      CHECK(refused.kind == (what.missing ? Kind::not_found : Kind::over_budget));
      return refused;
    }
  }
  std::optional<Refused> buy(const Quote& what, double cost) { return buy(what, cost, purse()); }
  ReportRow all() {
    const auto rows = books.report({});
    return rows.empty() ? ReportRow() : rows.front();
  }

  std::string log;
  std::int64_t now = 1'763'640'000'000;
  std::vector<std::string> alerts;
  Books books;
};

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tests
