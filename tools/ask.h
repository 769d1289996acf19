// One question to one target, whichever kind it is. Made by the tools that send prompts; called on
// whatever thread shall wait for the answer.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "catalog/answer.h"
#include "catalog/models/output_schema.h"
#include "mcp/json.h"
#include "tools/program.h"

namespace tools {

using Ask = std::function<catalog::Answer(const catalog::Prompt&, const catalog::Listener&)>;
using Schema = std::shared_ptr<const catalog::OutputSchema>;

// Whom to ask, and what the answer must be like.
struct Wish {
  std::string target;  // as the lists show it, or "cheapest"
  mcp::Json needs{};   // of the cheapest; null: any model
  Schema schema{};     // null: any text
};

// Throws InvalidArguments, and as `Catalog::resolve`; the question itself throws as
// `catalog/errors.h` says.
Ask asker(Program& program, const Wish& wish, std::stop_token stop);

}  // namespace tools
