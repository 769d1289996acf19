#include "catalog/models/json_cursor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace catalog {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool ends_scalar(char c) {
  return is_space(c) || c == ',' || c == ']' || c == '}' || c == ':' || c == '"' || c == '[' ||
         c == '{';
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four hexadecimal digits that `text` begins with; -1 when they are not there.
std::int32_t hex_unit(std::string_view text) {
  if (text.size() < 4) return -1;
  std::int32_t unit = 0;
  for (char c : text.substr(0, 4)) {
    const int digit = hex_digit(c);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

constexpr std::uint32_t replacement_character = 0xFFFD;

// Decodes what follows "\u" and returns how much of it was used.
std::size_t append_unicode_escape(std::string& out, std::string_view text) {
  const std::int32_t unit = hex_unit(text);
  if (unit < 0) {
    append_utf8(out, replacement_character);
    return 0;
  }
  const bool high = unit >= 0xD800 && unit < 0xDC00;
  if (high && text.size() >= 10 && text[4] == '\\' && text[5] == 'u') {
    const std::int32_t low = hex_unit(text.substr(6));
    if (low >= 0xDC00 && low < 0xE000) {
      append_utf8(out, 0x10000u + (static_cast<std::uint32_t>(unit - 0xD800) << 10) +
                           static_cast<std::uint32_t>(low - 0xDC00));
      return 10;
    }
  }
  const bool surrogate = unit >= 0xD800 && unit < 0xE000;
  append_utf8(out, surrogate ? replacement_character : static_cast<std::uint32_t>(unit));
  return 4;
}

char simple_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return c;  // \" \\ \/ and, leniently, anything else
  }
}

void append_unescaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t slash = text.find('\\');
    out.append(text.substr(0, slash));
    if (slash == std::string_view::npos || slash + 1 >= text.size()) return;
    const char kind = text[slash + 1];
    text.remove_prefix(slash + 2);
    if (kind == 'u') {
      text.remove_prefix(append_unicode_escape(out, text));
    } else {
      out += simple_escape(kind);
    }
  }
}

}  // namespace

char JsonCursor::next() {
  while (at_ < end_ && is_space(*at_)) ++at_;
  return at_ < end_ ? *at_ : '\0';
}

bool JsonCursor::take(char c) {
  if (next() != c) return false;
  ++at_;
  return true;
}

std::string_view JsonCursor::quoted(bool& escaped) {
  const char* const begin = at_;
  escaped = false;
  // Most strings have no escape: two looks at many bytes at a time instead of one at each byte.
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const std::string_view plain = rest.substr(0, rest.find('"'));
  at_ += std::min(plain.find('\\'), plain.size());
  while (at_ < end_ && *at_ != '"') {
    if (*at_ == '\\') {
      escaped = true;
      if (++at_ == end_) break;
    }
    ++at_;
  }
  if (at_ >= end_) {
    fail();
    return {};
  }
  return {begin, static_cast<std::size_t>(at_++ - begin)};
}

std::string_view JsonCursor::key() {
  if (!take('"')) {
    fail();
    return {};
  }
  bool escaped = false;
  const std::string_view raw = quoted(escaped);
  if (!escaped) return raw;
  escaped_key_.clear();
  append_unescaped(escaped_key_, raw);
  return escaped_key_;
}

bool JsonCursor::append_string(std::string& out) {
  if (next() != '"') {
    skip();
    return false;
  }
  ++at_;
  bool escaped = false;
  const std::string_view raw = quoted(escaped);
  if (!ok_) return false;
  if (escaped) {
    append_unescaped(out, raw);
  } else {
    out.append(raw);
  }
  return true;
}

std::string_view JsonCursor::scalar() {
  const char* const begin = at_;
  while (at_ < end_ && !ends_scalar(*at_)) ++at_;
  if (at_ == begin) fail();
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

std::optional<double> JsonCursor::number() {
  const char first = next();
  if (first != '-' && (first < '0' || first > '9')) {
    skip();
    return std::nullopt;
  }
  const std::string_view digits = scalar();
  std::array<char, 64> buffer{};
  if (digits.size() >= buffer.size()) return std::nullopt;
  std::memcpy(buffer.data(), digits.data(), digits.size());
  char* stop = nullptr;
  const double value = std::strtod(buffer.data(), &stop);
  if (stop != buffer.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> JsonCursor::count() {
  const std::optional<double> value = number();
  if (!value || !(*value >= 0) || *value > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<double> JsonCursor::amount() {
  const std::optional<double> value = number();
  if (!value || !(*value >= 0) || !std::isfinite(*value)) return std::nullopt;
  return value;
}

bool JsonCursor::boolean() {
  const char first = next();
  skip();
  return first == 't';
}

void JsonCursor::skip_nested() {
  std::size_t depth = 0;
  do {
    const char c = *at_++;
    if (c == '"') {
      bool escaped = false;
      quoted(escaped);
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  } while (ok_ && depth > 0 && at_ < end_);
  if (depth > 0) fail();
}

void JsonCursor::skip() {
  const char first = next();
  if (first == 0) return fail();
  if (first == '{' || first == '[') return skip_nested();
  if (first != '"') return void(scalar());
  ++at_;
  bool escaped = false;
  quoted(escaped);
}

std::string_view JsonCursor::raw() {
  if (next() == 0) return {};
  const char* const begin = at_;
  skip();
  return ok_ ? std::string_view(begin, static_cast<std::size_t>(at_ - begin)) : std::string_view();
}

}  // namespace catalog
