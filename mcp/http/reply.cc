#include "mcp/http/reply.h"

#include "mcp/message.h"

namespace mcp {

HttpReply refusal(int status, std::string_view why, HttpHeaders headers) {
  const RpcError error(code::invalid_request, std::string(why));
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = error_line(std::nullopt, error, MissingId::left_out);
  reply.headers = std::move(headers);
  return reply;
}

HttpReply refusal(const HttpProblem& problem) { return refusal(problem.status, problem.why); }

}  // namespace mcp
