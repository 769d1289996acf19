// The head of an HTTP/1.1 request, read strictly (RFC 9112): what two readers could take
// differently is refused instead of repaired. Pure; called by HttpReader on the connection's
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mcp {

struct HttpRequest {
  std::string method;
  std::string path;                                          // as sent, without the query
  std::string address;                                       // of the client, without its port
  std::vector<std::pair<std::string, std::string>> headers;  // names lower case, values trimmed
  std::string body;

  // The first of that name; null when absent.
  const std::string* header(std::string_view lower_case_name) const;
  std::size_t count(std::string_view lower_case_name) const;

  // How the body is delimited; set by `parse_head`.
  bool is_chunked = false;
  std::size_t content_length = 0;
  bool expects_continue = false;
  bool wants_close = false;
};

// Why a request cannot be taken, as an HTTP status; 0: it can.
struct HttpProblem {
  int status = 0;
  std::string why;  // for the person who reads the answer
};

// Reads a head that ends with an empty line. `Host` must stand in it exactly once; a body is
// delimited by one Content-Length or by `Transfer-Encoding: chunked`, never by both.
HttpProblem parse_head(std::string_view head, HttpRequest& request);

// Text without the spaces and tabs around it, and in lower case.
std::string_view trimmed(std::string_view text);
std::string lower_case(std::string_view text);

}  // namespace mcp
