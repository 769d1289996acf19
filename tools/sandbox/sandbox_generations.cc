#include "tools/sandbox/sandbox_generations.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/sandbox/sandbox_script.h"

namespace tools {
namespace {

using nlohmann::json;

constexpr std::size_t most_kept = 1000;

json record(const SandboxGeneration& generation) {
  const json finish_reason =
      generation.finish_reason.empty() ? json(nullptr) : json(generation.finish_reason);
  return {{"id", generation.id},
          {"model", generation.model},
          {"provider_name", "Sandbox"},
          {"streamed", generation.streamed},
          {"cancelled", generation.cancelled},
          {"finish_reason", finish_reason},
          {"native_finish_reason", finish_reason},
          {"tokens_prompt", generation.prompt_tokens},
          {"tokens_completion", generation.completion_tokens},
          {"native_tokens_prompt", generation.prompt_tokens},
          {"native_tokens_completion", generation.completion_tokens},
          {"native_tokens_reasoning", generation.reasoning_tokens},
          {"native_tokens_cached", 0},
          {"total_cost", generation.cost_usd},
          {"usage", generation.cost_usd},
          {"upstream_inference_cost", 0},
          {"is_byok", false},
          {"api_type", "completions"}};
}

}  // namespace

std::string SandboxGenerations::next_id() {
  std::lock_guard lock(mutex_);
  return fmt::format("gen-sandbox-{}", ++issued_);
}

void SandboxGenerations::keep(SandboxGeneration generation) {
  std::lock_guard lock(mutex_);
  spent_usd_ += generation.cost_usd;
  kept_.push_back(std::move(generation));
  if (kept_.size() > most_kept) kept_.pop_front();
}

SandboxReply SandboxGenerations::describe(std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(),
                                  [&](const SandboxGeneration& kept) { return kept.id == id; });
  if (found == kept_.rend()) return gateway_error(404, fmt::format("Generation {} not found", id));
  return json_reply(200, {{"data", record(*found)}});
}

SandboxReply SandboxGenerations::describe_key() const {
  double spent = 0;
  {
    std::lock_guard lock(mutex_);
    spent = spent_usd_;
  }
  return json_reply(200, {{"data",
                           {{"label", "the key of the sandbox"},
                            {"limit", nullptr},
                            {"limit_remaining", nullptr},
                            {"limit_reset", nullptr},
                            {"include_byok_in_limit", false},
                            {"usage", spent},
                            {"usage_daily", spent},
                            {"usage_weekly", spent},
                            {"usage_monthly", spent},
                            {"byok_usage", 0},
                            {"is_free_tier", false},
                            {"is_management_key", false},
                            {"is_provisioning_key", false},
                            {"expires_at", nullptr}}}});
}

}  // namespace tools
