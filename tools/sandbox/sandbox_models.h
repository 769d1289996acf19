// The models of the sandbox and their records in its catalogue, in the shapes of OpenRouter's
// `GET /models` and `GET /models/{id}/endpoints`. One table; read by any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "nlohmann/json_fwd.hpp"
#include "tools/sandbox/sandbox_script.h"

namespace tools {

struct SandboxModel {
  std::string_view id;
  std::string_view name;
  std::string_view description;
  std::int64_t context_length;         // tokens
  std::int64_t max_completion_tokens;  // tokens
  double prompt_usd_per_million;
  double completion_usd_per_million;
  bool reads_images;
  bool reasons;
  // What it says to a prompt.
  SandboxOutcome (*respond)(const SandboxModel&, const SandboxPrompt&);
  bool structures = false;           // answers with JSON that fits a schema
  std::string_view output = "text";  // what it puts out, in the catalogue's words

  // Of one completion, in $.
  double cost_usd(std::int64_t prompt_tokens, std::int64_t completion_tokens) const;
};

std::span<const SandboxModel> sandbox_models();
const SandboxModel* find_sandbox_model(std::string_view id);  // nullptr: there is none

nlohmann::json sandbox_catalogue();  // {data: [record], total_count, links}
nlohmann::json sandbox_endpoints(const SandboxModel& model);  // {data: {…, endpoints: [record]}}

}  // namespace tools
