// A cursor over one JSON text: reads the few fields that are wanted and skips the rest, without
// building a tree. For the events of a stream, where a tree per event would cost more than
// everything else in a call together. Used on the thread that owns it; never allocates except into
// the caller's strings, never throws, and never recurses, however deep the text is nested.
//
// It is lenient about what it skips (a skipped value is only checked for balanced brackets) and
// strict about the shape of what it reads. After the first error `ok()` is false and nothing moves
// any more.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace catalog {

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool ok() const { return ok_; }
  // The first character of the value at the cursor: { [ " t f n - or a digit; 0 at the end.
  char next();
  // Whether only white space is left.
  bool at_end() { return next() == 0; }

  // Calls `member(key)` for each member of the object at the cursor, with the cursor on its value.
  // A value that the callback did not read is skipped; so is a value that is no object.
  template <class Member>
  void members(Member&& member);
  // The same for the elements of an array: `element(index)`.
  template <class Element>
  void elements(Element&& element);

  // Appends the string at the cursor to `out`, escapes resolved, a lone surrogate as U+FFFD.
  // Another kind of value is skipped, and false returned.
  bool append_string(std::string& out);
  // The number at the cursor; another kind of value is skipped.
  std::optional<double> number();
  // The same of what is never negative: tokens, and dollars.
  std::optional<std::int64_t> count();
  std::optional<double> amount();
  // true or false; another kind of value is skipped and reads as false.
  bool boolean();
  void skip();
  // The text of the value at the cursor, which is skipped; "" when there is none.
  std::string_view raw();

 private:
  bool take(char c);
  void fail() { ok_ = false, at_ = end_; }
  std::string_view key();
  // Moves from behind the opening quote to behind the closing one; the text between, and whether it
  // holds escapes.
  std::string_view quoted(bool& escaped);
  void skip_nested();
  std::string_view scalar();

  const char* at_;
  const char* end_;
  bool ok_ = true;
  std::string escaped_key_;
};

template <class Member>
void JsonCursor::members(Member&& member) {
  if (next() != '{') return skip();
  ++at_;
  if (take('}')) return;
  do {
    const std::string_view name = key();
    if (!take(':') || next() == 0) return fail();
    const char* const before = at_;
    member(name);
    if (at_ == before) skip();
  } while (take(','));
  if (!take('}')) fail();
}

template <class Element>
void JsonCursor::elements(Element&& element) {
  if (next() != '[') return skip();
  ++at_;
  if (take(']')) return;
  std::size_t index = 0;
  do {
    if (next() == 0) return fail();
    const char* const before = at_;
    element(index++);
    if (at_ == before) skip();
  } while (take(','));
  if (!take(']')) fail();
}

}  // namespace catalog
