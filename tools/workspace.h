// The folder whose files a call may send, decided when a call names files: by `--workspace`, by
// what Claude Code says, by the client's first root, by where the program was started. On the
// call's thread; asking the client takes at most a second.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcp/call.h"
#include "tools/program.h"

namespace tools {

// Absolute. Throws Refused{path_denied}, with the reason, when there is none: the file system as a
// whole and the home of the user are no workspace unless --workspace says so, and over HTTP only
// --workspace counts.
std::string workspace_for(const Program& program, mcp::Call& call);

// The absolute path of a "file:" URI on this machine; nothing for any other.
std::optional<std::string> path_of_uri(std::string_view uri);

}  // namespace tools
