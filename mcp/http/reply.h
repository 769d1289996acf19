// The answer to an HTTP request, as its handler returns it; HttpServer sends it. Plain data.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcp/http/request.h"

namespace mcp {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
  int status = 200;
  std::string content_type;  // "" when there is no body
  std::string body;
  HttpHeaders headers;

  // When set, the body is a stream in place of `body`: blocks for its next bytes.
  enum class Next { bytes, end, broken };
  std::function<Next(std::string& bytes)> stream;
};

// A refusal as a JSON-RPC error without an id, which is what a client can show.
HttpReply refusal(int status, std::string_view why, HttpHeaders headers = {});
HttpReply refusal(const HttpProblem& problem);

}  // namespace mcp
