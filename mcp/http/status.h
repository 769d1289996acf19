// Which JSON-RPC errors are an HTTP status of their own (section "Error codes"), by era. Never a
// 5xx: clients take those for the end of the server.
#pragma once

#include "mcp/errors.h"

namespace mcp {

int status_of(const RpcError& error, bool is_modern);

}  // namespace mcp
