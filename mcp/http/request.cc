#include "mcp/http/request.h"

#include <algorithm>
#include <charconv>

namespace mcp {
namespace {

constexpr std::size_t most_headers = 100;

bool is_token_char(unsigned char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

HttpProblem bad(std::string why) { return {400, std::move(why)}; }

// Takes a line off `rest`; false when it does not end in CR LF.
bool take_line(std::string_view& rest, std::string_view& line) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
  line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return true;
}

HttpProblem parse_request_line(std::string_view line, HttpRequest& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("not an HTTP request");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!is_token(line.substr(0, first)) || !is_visible(target)) return bad("not an HTTP request");
  if (line.substr(last + 1) != "HTTP/1.1") {
    return bad("HTTP/1.1 is spoken here, without TLS (nginx: proxy_http_version 1.1)");
  }
  if (target[0] != '/' && target != "*") return bad("the request target must be a path");
  request.method = line.substr(0, first);
  request.path = target.substr(0, target.find('?'));
  return {};
}

HttpProblem parse_field(std::string_view line, HttpRequest& request) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return bad("a header is not name: value");
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_field_text(value)) return bad("a header holds a control character");
  if (request.headers.size() == most_headers) return {431, "too many headers"};
  request.headers.emplace_back(lower_case(line.substr(0, colon)), value);
  return {};
}

HttpProblem read_length(std::string_view text, std::size_t& length) {
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return bad("Content-Length is not a number");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc()) return {413, "the body is too large"};
  return {};
}

HttpProblem read_framing(HttpRequest& request) {
  const std::size_t lengths = request.count("content-length");
  const std::size_t codings = request.count("transfer-encoding");
  if (lengths > 1 || codings > 1 || (lengths == 1 && codings == 1)) {
    return bad("the length of the body is given twice");
  }
  if (codings == 1) {
    request.is_chunked = lower_case(*request.header("transfer-encoding")) == "chunked";
    if (!request.is_chunked) return {501, "the only transfer coding taken is chunked"};
  }
  return lengths == 1 ? read_length(*request.header("content-length"), request.content_length)
                      : HttpProblem{};
}

HttpProblem read_connection(HttpRequest& request) {
  if (request.count("host") != 1) return bad("exactly one Host header is needed");
  if (const std::string* connection = request.header("connection")) {
    request.wants_close = lower_case(*connection).find("close") != std::string::npos;
  }
  const std::string* expected = request.header("expect");
  if (expected == nullptr) return {};
  request.expects_continue = lower_case(*expected) == "100-continue";
  return request.expects_continue ? HttpProblem{} : HttpProblem{417, "unknown expectation"};
}

}  // namespace

const std::string* HttpRequest::header(std::string_view name) const {
  const auto at = std::find_if(headers.begin(), headers.end(),
                               [&](const auto& header) { return header.first == name; });
  return at == headers.end() ? nullptr : &at->second;
}

std::size_t HttpRequest::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; }));
}

HttpProblem parse_head(std::string_view head, HttpRequest& request) {
  std::string_view line;
  if (!take_line(head, line)) return bad("lines must end in CR LF");
  if (HttpProblem problem = parse_request_line(line, request); problem.status != 0) return problem;
  for (;;) {
    if (!take_line(head, line)) return bad("lines must end in CR LF");
    if (line.empty()) break;
    if (HttpProblem problem = parse_field(line, request); problem.status != 0) return problem;
  }
  if (HttpProblem problem = read_connection(request); problem.status != 0) return problem;
  return read_framing(request);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace mcp
