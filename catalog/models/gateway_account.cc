#include "catalog/models/gateway_account.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace catalog {
namespace {

using nlohmann::json;

// The object under "data"; null for anything else.
json data_of(std::string_view reply) {
  json document = json::parse(reply, nullptr, false);
  if (!document.is_object()) return nullptr;
  const auto data = document.find("data");
  return data != document.end() && data->is_object() ? std::move(*data) : json(nullptr);
}

std::optional<double> amount(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const double number = found->get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

bool truth(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

std::optional<KeyStatus> decode_key_status(std::string_view reply) {
  const json data = data_of(reply);
  KeyStatus status;
  status.usage = amount(data, "usage");
  if (data.is_null() || !status.usage) return std::nullopt;
  status.usage_today = amount(data, "usage_daily");
  status.usage_this_month = amount(data, "usage_monthly");
  status.limit = amount(data, "limit");
  status.limit_remaining = amount(data, "limit_remaining");
  status.free_tier = truth(data, "is_free_tier");
  const auto reset = data.find("limit_reset");
  for (const char* known : {"daily", "weekly", "monthly"}) {
    if (reset != data.end() && *reset == known) status.limit_reset = known;
  }
  return status;
}

std::optional<double> decode_generation_cost(std::string_view reply) {
  const json data = data_of(reply);
  const std::optional<double> cost = amount(data, "total_cost");
  if (!cost || *cost < 0) return std::nullopt;
  const double own =
      truth(data, "is_byok") ? amount(data, "upstream_inference_cost").value_or(0) : 0;
  return *cost + std::max(own, 0.0);
}

}  // namespace catalog
