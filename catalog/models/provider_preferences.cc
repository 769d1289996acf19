#include "catalog/models/provider_preferences.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/errors.h"

namespace catalog {
namespace {

using nlohmann::json;

constexpr std::size_t largest = 4096;

bool truth(const json& value) { return value.is_boolean(); }
bool slugs(const json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const json& each) { return each.is_string(); });
}
bool collection(const json& value) { return value == "allow" || value == "deny"; }
bool order(const json& value) { return value.is_string() || value.is_object(); }
bool amount(const json& value) {
  return value.is_object() || (value.is_number() && value.get<double>() >= 0);
}
bool amounts(const json& value) {
  return value.is_object() && std::all_of(value.begin(), value.end(), [](const json& each) {
           return each.is_number() || each.is_string();
         });
}

struct Member {
  std::string_view name;
  bool (*fits)(const json&);
  const char* expected;
};

constexpr Member members[] = {
    {"order", slugs, "a list of provider slugs"},
    {"only", slugs, "a list of provider slugs"},
    {"ignore", slugs, "a list of provider slugs"},
    {"allow_fallbacks", truth, "true or false"},
    {"require_parameters", truth, "true or false"},
    {"data_collection", collection, "\"allow\" or \"deny\""},
    {"zdr", truth, "true or false"},
    {"enforce_distillable_text", truth, "true or false"},
    {"quantizations", slugs, "a list of words"},
    {"sort", order, "\"price\", \"throughput\", \"latency\" or an object"},
    {"preferred_min_throughput", amount, "tokens per second"},
    {"preferred_max_latency", amount, "seconds"},
    {"max_price", amounts, "an object of $ per million tokens"},
};

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw Refused(Kind::invalid_arguments,
                fmt::format("arguments.provider.{}: {}", name.substr(0, 60), why));
}

void check(const std::string& name, const json& value) {
  const auto member = std::find_if(std::begin(members), std::end(members),
                                   [&](const Member& each) { return each.name == name; });
  if (member == std::end(members)) {
    std::vector<std::string_view> names;
    for (const Member& each : members) names.push_back(each.name);
    refuse(name, fmt::format("no such preference; there are {}", fmt::join(names, ", ")));
  }
  if (!member->fits(value)) refuse(name, fmt::format("expected {}", member->expected));
}

}  // namespace

std::string checked_preferences(const json& preferences) {
  if (preferences.empty()) return {};
  for (const auto& [name, value] : preferences.items()) check(name, value);
  std::string text = preferences.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > largest) {
    throw Refused(Kind::invalid_arguments, "arguments.provider is larger than 4 KB");
  }
  return text;
}

}  // namespace catalog
