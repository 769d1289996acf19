// Server-sent events (WHATWG HTML, section 9.2.6) out of bytes that arrive in any pieces.
//
// LF, CRLF and CR end a line; several `data:` lines are joined by LF; comments, `event:`, `id:` and
// `retry:` are dropped. An event at the end of the bytes without its blank line is delivered by
// `finish`, because some agents leave that line out.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace catalog {

class EventStream {
 public:
  // Called with the data of each event; the view lives until it returns. Returning false stops the
  // feeding: the rest of the bytes is dropped (after "[DONE]").
  using OnData = std::function<bool(std::string_view data)>;

  explicit EventStream(OnData on_data, std::size_t max_event_bytes = std::size_t{16} << 20);

  void allow_events_of(std::size_t max_event_bytes) { max_event_bytes_ = max_event_bytes; }
  // Throws UpstreamError{malformed} when one event grows past the limit.
  void feed(std::string_view bytes);
  void finish();

  bool stopped() const { return stopped_; }
  std::size_t events() const { return events_; }      // delivered so far
  std::size_t comments() const { return comments_; }  // keep-alives seen so far

 private:
  void lines(std::string_view bytes);
  void line(std::string_view text);
  void field_data(std::string_view value);
  void keep();
  void dispatch();
  void check_size(std::size_t more);

  OnData on_data_;
  std::size_t max_event_bytes_;
  // The data so far is `data_`, or, for an event of one line that stands whole in the bytes being
  // fed, `view_` into them: then `data_` is empty. No view outlives the call that made it.
  std::string pending_;  // an incomplete line
  std::string data_;     // the data lines of the event so far
  std::string_view view_;
  bool has_data_ = false;
  bool in_view_ = false;
  bool begun_ = false;    // past a byte order mark, if there was one
  bool skip_lf_ = false;  // the previous piece ended in CR
  bool stopped_ = false;
  std::size_t events_ = 0;
  std::size_t comments_ = 0;
};

}  // namespace catalog
