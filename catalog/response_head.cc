#include "catalog/response_head.h"

#include <algorithm>
#include <charconv>

#include "catalog/errors.h"

namespace catalog {
namespace {

constexpr std::size_t longest_head = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// The number after "timeout=" in "timeout=5, max=100"; nothing when there is none.
std::optional<int> timeout_seconds(std::string_view keep_alive_header) {
  constexpr std::string_view name = "timeout=";
  const auto at = keep_alive_header.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view number = keep_alive_header.substr(at + name.size());
  int seconds = 0;
  const auto end = number.data() + std::min<std::size_t>(number.size(), 6);
  if (std::from_chars(number.data(), end, seconds).ec != std::errc()) return std::nullopt;
  return seconds;
}

}  // namespace

std::string_view ResponseHead::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

bool HeadReader::line(std::string_view text) {
  if (complete_) return false;
  bytes_ += text.size();
  if (bytes_ > longest_head) {
    throw UpstreamError(Kind::malformed, "the headers of the answer are larger than 64 KiB");
  }
  const bool folded = text.starts_with(' ') || text.starts_with('\t');
  text = trimmed(text);
  if (text.starts_with("HTTP/")) {
    status_line(text);
  } else if (!text.empty() && !folded) {
    field(text);
  } else if (text.empty() && head_.status >= 200) {
    end();
  }
  return complete_;
}

void HeadReader::end() {
  complete_ = true;
  const std::string_view type = head_.header("content-type");
  head_.content_type = lower(trimmed(type.substr(0, type.find(';'))));
}

void HeadReader::status_line(std::string_view text) {
  head_ = {};
  const std::string_view number = text.substr(std::min(text.size(), text.find(' ') + 1));
  std::from_chars(number.data(), number.data() + number.size(), head_.status);
}

void HeadReader::field(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return;
  head_.headers.emplace_back(lower(trimmed(text.substr(0, colon))),
                             trimmed(text.substr(colon + 1)));
}

std::chrono::milliseconds keep_alive(const ResponseHead& head,
                                     std::chrono::milliseconds otherwise) {
  if (lower(head.header("connection")).find("close") != std::string::npos) return {};
  const auto seconds = timeout_seconds(lower(head.header("keep-alive")));
  return seconds ? std::chrono::seconds(std::max(0, *seconds - 1)) : otherwise;
}

}  // namespace catalog
