#include "mcp/http/reader.h"

#include <algorithm>
#include <array>

namespace mcp {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view end_of_head = "\r\n\r\n";

// Bytes that no head holds: TLS and other protocols are told at once, not when the time is over.
bool is_foreign(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f;
  });
}

}  // namespace

HttpReader::Fill HttpReader::fill(HttpTime until) {
  std::array<char, 16 * 1024> bytes;
  const long count = socket_.read_some(bytes.data(), bytes.size(), until);
  if (count == 0) return Fill::over;
  if (count < 0) return Fill::late;
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return Fill::more;
}

// Receives until a whole head is unread, and says how long it is.
HttpProblem HttpReader::fill_head(std::size_t& size, bool& over) {
  bool begun = !unread().empty();
  HttpTime until = steady_clock::now() + (begun ? limits_.head_time : limits_.idle_time);
  for (std::size_t seen = 0;;) {
    while (seen == 0 && unread().substr(0, 2) == "\r\n") consume(2);  // RFC 9112, section 2.2
    const std::size_t end = unread().find(end_of_head, seen - std::min<std::size_t>(seen, 3));
    size = end == std::string::npos ? unread().size() : end + end_of_head.size();
    if (size > limits_.head_bytes) return {431, "the headers are too large"};
    if (is_foreign(unread().substr(seen, size - seen))) return {400, "not an HTTP request"};
    if (end != std::string::npos) return {};
    seen = size;
    const Fill filled = fill(until);
    over = filled == Fill::over || (filled == Fill::late && !begun);
    if (over) return {};
    if (filled == Fill::late) return {408, "the request did not come in time"};
    if (!begun) until = steady_clock::now() + limits_.head_time;
    begun = true;
  }
}

bool HttpReader::next(HttpRequest& request, HttpProblem& problem) {
  std::size_t size = 0;
  bool over = false;
  problem = fill_head(size, over);
  if (over) return false;
  if (problem.status != 0) return true;
  problem = parse_head(unread().substr(0, size), request);
  consume(size);
  request.address = socket_.address();
  body_until_ = steady_clock::now() + limits_.body_time;
  awaits_asking_ = request.expects_continue;
  return true;
}

long HttpReader::read_some(char* bytes, std::size_t size) {
  if (unread().empty()) {
    if (awaits_asking_) socket_.send_all("HTTP/1.1 100 Continue\r\n\r\n", limits_.stall_time);
    awaits_asking_ = false;
    const Fill filled = fill(body_until_);
    late_ = filled == Fill::late;
    if (filled != Fill::more) return late_ ? -1 : 0;
  }
  const std::size_t count = std::min(size, unread().size());
  std::copy_n(unread().data(), count, bytes);
  consume(count);
  return static_cast<long>(count);
}

}  // namespace mcp
