// What a client shows of an answer's files beside their paths: an image, where it is small. Made by
// `invoke` on the call's own thread.
#pragma once

#include <vector>

#include "catalog/answer.h"
#include "mcp/json.h"

namespace tools {

// The first image of at most 64 KiB, as a content block; a larger one is not shown, because every
// byte lands in somebody's context.
std::vector<mcp::OrderedJson> previews_of(const catalog::Answer& answer);

}  // namespace tools
