// What the server declares: derived from what it offers, so that no declaration can be empty.
#pragma once

#include "mcp/features.h"
#include "mcp/version.h"

namespace mcp {

OrderedJson capabilities(const Features& features, Version version);
OrderedJson implementation(const ServerInfo& info, Version version);

// Whether any argument or variable can be completed.
bool completes(const Features& features);
bool has_resources(const Features& features);

}  // namespace mcp
