// Tasks of the sandbox's agents that wait for an answer, kept as files: from a shell each call is a
// process with a sandbox of its own, and the next one answers. Called by `sandbox_tasks.cc` under
// its lock; an empty folder keeps nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/sandbox/sandbox_tasks.h"

namespace tools {

void keep_question(const std::string& folder, const SandboxTask& task);
// Nothing when there is none of that id, which may be any text.
std::optional<SandboxTask> kept_question(const std::string& folder, std::string_view id);
void forget_question(const std::string& folder, std::string_view id);

}  // namespace tools
