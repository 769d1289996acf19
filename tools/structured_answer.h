// Answers that must fit a JSON Schema: asked for, checked, and mended in one more round where they
// do not fit. Used by the tools that send prompts, on the thread that waits for the answer.
#pragma once

#include <string_view>

#include "mcp/json.h"
#include "tools/ask.h"

namespace tools {

// Throws as OutputSchema does; null for an argument that was not given.
Schema schema_of(const mcp::Json& argument);

// As `ask`, with the schema in the prompt and `Answer::structured` in the answer. An answer that
// does not fit is shown to the model once, with what is wrong; both are paid for, and the answer
// says so. Throws UpstreamError{malformed} when the second one does not fit either.
Ask structured(Ask ask, Schema schema);

// For a target that takes no schema. Throws Refused{unsupported}.
[[noreturn]] void refuse_schema(std::string_view agent);

// The cost of two calls together, unless that of one is unknown.
void add_cost(const catalog::Answer& earlier, catalog::Answer& answer);

}  // namespace tools
