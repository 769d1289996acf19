#include "catalog/event_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include "catalog/errors.h"

namespace catalog {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Where the lines of one piece end. Each kind of line end is searched for once per hit, not once
// per line: a piece of a million CRs without any LF would otherwise cost the square of its length.
class LineEnds {
 public:
  explicit LineEnds(std::string_view bytes)
      : bytes_(bytes), lf_(find('\n', 0)), cr_(find('\r', 0)) {}

  // The first line end at or after `from`, or the size of the piece.
  std::size_t next(std::size_t from) {
    if (lf_ < from) lf_ = find('\n', from);
    if (cr_ < from) cr_ = find('\r', from);
    return std::min(lf_, cr_);
  }

 private:
  std::size_t find(char c, std::size_t from) const {
    if (from >= bytes_.size()) return bytes_.size();
    const void* at = std::memchr(bytes_.data() + from, c, bytes_.size() - from);
    return at == nullptr ? bytes_.size()
                         : static_cast<std::size_t>(static_cast<const char*>(at) - bytes_.data());
  }

  std::string_view bytes_;
  std::size_t lf_;
  std::size_t cr_;
};

}  // namespace

EventStream::EventStream(OnData on_data, std::size_t max_event_bytes)
    : on_data_(std::move(on_data)), max_event_bytes_(max_event_bytes) {}

void EventStream::feed(std::string_view bytes) {
  if (stopped_ || bytes.empty()) return;
  if (std::exchange(skip_lf_, false) && bytes.front() == '\n') bytes.remove_prefix(1);
  lines(bytes);
  if (in_view_) keep();
}

void EventStream::finish() {
  const std::string last = std::exchange(pending_, {});  // outlives the view that `line` may take
  if (!stopped_ && !last.empty()) line(last);
  if (!stopped_) dispatch();
}

// Splits a piece into lines; what is left of it waits in `pending_`.
void EventStream::lines(std::string_view bytes) {
  LineEnds ends(bytes);
  std::size_t start = 0;
  for (std::size_t end = ends.next(0); end < bytes.size() && !stopped_; end = ends.next(start)) {
    const std::string_view text = bytes.substr(start, end - start);
    start = end + 1;
    if (bytes[end] == '\r') {
      if (start == bytes.size()) skip_lf_ = true;
      if (start < bytes.size() && bytes[start] == '\n') ++start;
    }
    if (pending_.empty()) {
      line(text);
      continue;
    }
    check_size(pending_.size() + text.size());
    pending_.append(text);
    line(pending_);
    if (in_view_) keep();
    pending_.clear();
  }
  if (stopped_) return;
  check_size(pending_.size() + (bytes.size() - start));
  pending_.append(bytes.substr(start));
}

void EventStream::line(std::string_view text) {
  if (!std::exchange(begun_, true) && text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  if (text.empty()) return dispatch();
  if (text.front() == ':') {
    ++comments_;
    return;
  }
  if (!text.starts_with("data")) return;
  text.remove_prefix(4);
  if (text.empty()) return field_data(text);
  if (text.front() != ':') return;
  text.remove_prefix(text.starts_with(": ") ? 2 : 1);
  field_data(text);
}

void EventStream::field_data(std::string_view value) {
  check_size(value.size() + (has_data_ ? 1 : 0));  // with the line feed that joins them
  if (!std::exchange(has_data_, true)) {
    view_ = value;
    in_view_ = true;
    return;
  }
  if (in_view_) keep();
  data_ += '\n';
  data_ += value;
}

// The bytes that the view shows are about to go.
void EventStream::keep() {
  data_.assign(view_);
  in_view_ = false;
}

void EventStream::dispatch() {
  if (!std::exchange(has_data_, false)) return;
  const bool in_view = std::exchange(in_view_, false);
  ++events_;
  if (!on_data_(in_view ? view_ : std::string_view(data_))) stopped_ = true;
  data_.clear();
}

void EventStream::check_size(std::size_t more) {
  const std::size_t held = in_view_ ? view_.size() : data_.size();
  if (held + more <= max_event_bytes_) return;
  stopped_ = true;
  throw UpstreamError(
      Kind::malformed,
      fmt::format("one event of the stream is larger than {} bytes", max_event_bytes_));
}

}  // namespace catalog
