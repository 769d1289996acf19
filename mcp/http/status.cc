#include "mcp/http/status.h"

namespace mcp {
namespace {

struct Row {
  int code;
  int modern;
  int legacy;
};

// What is not listed is answered with 200, and the error in the body.
constexpr Row rows[] = {
    {code::parse_error, 400, 400},
    {code::invalid_request, 400, 400},
    {code::method_not_found, 404, 200},
    {code::header_mismatch, 400, 400},
    {code::missing_client_capability, 400, 200},
    {code::unsupported_protocol_version, 400, 400},
};

}  // namespace

int status_of(const RpcError& error, bool is_modern) {
  if (error.malformed_request) return 400;
  if (error.too_many_requests) return 429;
  for (const Row& row : rows) {
    if (row.code == error.code) return is_modern ? row.modern : row.legacy;
  }
  return 200;
}

}  // namespace mcp
