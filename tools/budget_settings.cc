#include "tools/budget_settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tools {
namespace {

using catalog::Budgets;
using nlohmann::json;
using Amount = std::optional<catalog::Money>;

struct Member {
  const char* name;
  Amount Budgets::*amount;
};

constexpr Member amounts[] = {
    {"call_usd", &Budgets::call},     {"session_usd", &Budgets::session},
    {"day_usd", &Budgets::day},       {"month_usd", &Budgets::month},
    {"minute_usd", &Budgets::minute}, {"ask_above_usd", &Budgets::ask_above},
};

[[noreturn]] void refuse(const std::string& name, std::string_view expected) {
  throw std::runtime_error(fmt::format("budgets.{}: expected {}", name, expected));
}

catalog::Money read_amount(const std::string& name, const json& value) {
  if (!value.is_number() || value.get<double>() < 0) refuse(name, "an amount in $, or null");
  return catalog::dollars(value.get<double>());
}

void read_unknown_price(const json& value, Budgets& budgets) {
  if (value == "ask") {
    budgets.unknown_price = catalog::UnknownPrice::ask;
  } else if (value == "refuse") {
    budgets.unknown_price = catalog::UnknownPrice::refuse;
  } else if (value == "allow") {
    budgets.unknown_price = catalog::UnknownPrice::allow;
  } else {
    refuse("unknown_price", "\"ask\", \"refuse\" or \"allow\"");
  }
}

void read_per_day(const json& value, Budgets& budgets) {
  if (!value.is_object()) refuse("per_day_usd", R"(an object like {"openai/gpt-5-pro": 2})");
  for (const auto& [name, amount] : value.items()) {
    budgets.per_day[name] = read_amount("per_day_usd." + name, amount);
  }
}

void read_member(const std::string& name, const json& value, Budgets& budgets) {
  if (name == "unknown_price") return read_unknown_price(value, budgets);
  if (name == "per_day_usd") return read_per_day(value, budgets);
  std::vector<std::string_view> known = {"unknown_price", "per_day_usd"};
  for (const Member& member : amounts) {
    known.push_back(member.name);
    if (name != member.name) continue;
    budgets.*member.amount = value.is_null() ? Amount() : read_amount(name, value);
    return;
  }
  throw std::runtime_error(
      fmt::format("\"budgets.{}\" is not a setting; there are: {}", name, fmt::join(known, ", ")));
}

}  // namespace

Budgets read_budgets(const json& value) {
  Budgets budgets;
  if (!value.is_object()) {
    throw std::runtime_error(R"(budgets: expected an object like {"day_usd": 5})");
  }
  for (const auto& [name, each] : value.items()) read_member(name, each, budgets);
  return budgets;
}

}  // namespace tools
