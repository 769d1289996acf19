#include "tools/clients/toml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "tools/json_text.h"

namespace tools {
namespace {

constexpr int deepest = 100;

bool is_bare(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  std::vector<TomlTable> document() {
    tables_.emplace_back();
    tables_.back().begin = tables_.back().end = at_;
    for (skip_lines(); at_ < text_.size(); skip_lines()) {
      line_begin_ = text_.rfind('\n', at_) + 1;
      next() == '[' ? header() : key_and_value();
    }
    return std::move(tables_);
  }

 private:
  [[noreturn]] void fail(const char* expected) const {
    throw std::runtime_error(fmt::format("{}: expected {}", place_in(text_, at_), expected));
  }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  void skip_spaces() {
    while (next() == ' ' || next() == '\t') ++at_;
  }
  void skip_comment() {
    if (next() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }
  void skip_lines() {
    for (;; ++at_) {
      skip_spaces();
      skip_comment();
      if (next() != '\n' && !starts("\r\n")) return;
    }
  }
  // Returns where the next line begins.
  std::size_t end_line() {
    skip_spaces();
    skip_comment();
    if (starts("\r\n")) ++at_;
    if (at_ < text_.size() && next() != '\n') fail("the end of the line");
    if (at_ < text_.size()) ++at_;
    return at_;
  }

  void header() {
    TomlTable table;
    table.begin = line_begin_;
    table.repeated = starts("[[");
    at_ += table.repeated ? 2 : 1;
    table.path = key();
    for (int i = table.repeated ? 2 : 1; i > 0; --i, ++at_) {
      if (next() != ']') fail("\"]\"");
    }
    table.end = end_line();
    tables_.push_back(std::move(table));
  }

  void key_and_value() {
    TomlKey one;
    one.line_begin = line_begin_;
    one.path = key();
    if (next() != '=') fail("\"=\"");
    ++at_;
    skip_spaces();
    one.value_begin = at_;
    value(one.texts, 0);
    one.value_end = at_;
    one.line_end = tables_.back().end = end_line();
    tables_.back().keys.push_back(std::move(one));
  }

  TomlPath key() {
    TomlPath path;
    do {
      if (!path.empty()) ++at_;
      skip_spaces();
      path.push_back(simple_key());
      skip_spaces();
    } while (next() == '.');
    return path;
  }

  std::string simple_key() {
    if (next() == '"' || next() == '\'') return string();
    const std::size_t begin = at_;
    while (is_bare(next())) ++at_;
    if (at_ == begin) fail("a key");
    return std::string(text_.substr(begin, at_ - begin));
  }

  void value(std::vector<std::string>& texts, int depth) {
    if (depth > deepest) fail("fewer brackets within brackets");
    if (next() == '"' || next() == '\'') {
      texts.push_back(starts("\"\"\"") || starts("'''") ? long_string() : string());
    } else if (next() == '[') {
      array(texts, depth);
    } else if (next() == '{') {
      inline_table(depth);
    } else {
      word();
    }
  }

  void array(std::vector<std::string>& texts, int depth) {
    ++at_;
    for (skip_lines(); next() != ']'; skip_lines()) {
      value(texts, depth + 1);
      skip_lines();
      if (next() == ',') {
        ++at_;
      } else if (next() != ']') {
        fail("\",\" or \"]\"");
      }
    }
    ++at_;
  }

  void inline_table(int depth) {
    ++at_;
    std::vector<std::string> unused;
    for (skip_lines(); next() != '}'; skip_lines()) {
      key();
      if (next() != '=') fail("\"=\"");
      ++at_;
      skip_spaces();
      value(unused, depth + 1);
      skip_lines();
      if (next() == ',') {
        ++at_;
      } else if (next() != '}') {
        fail("\",\" or \"}\"");
      }
    }
    ++at_;
  }

  // On one line: 'as it is', or "with escapes".
  std::string string() {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    for (; next() != quote; ++at_) {
      if (quote == '"' && next() == '\\') ++at_;
      if (at_ >= text_.size() || next() == '\n') at_ = begin, fail("an end of this text");
    }
    const std::string_view inside = text_.substr(begin + 1, at_ - begin - 1);
    ++at_;
    if (quote == '\'') return std::string(inside);
    const auto decoded = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    return decoded.is_string() ? decoded.get<std::string>() : std::string(inside);
  }

  std::string long_string() {
    const std::string_view quotes = text_.substr(at_, 3);
    std::size_t end = at_ + 3;
    for (; text_.substr(end, 3) != quotes; ++end) {
      if (quotes[0] == '"' && text_.substr(end, 1) == "\\") ++end;
      if (end >= text_.size()) fail("an end of this text");
    }
    const std::string inside(text_.substr(at_ + 3, end - at_ - 3));
    at_ = end + 3;
    for (int more = 0; more < 2 && next() == quotes[0]; ++more) ++at_;  // """" ends in a quote
    return inside;
  }

  // A number, a date, true or false.
  void word() {
    const std::size_t begin = at_;
    const auto belongs = [](char c) { return is_bare(c) || c == '+' || c == '.' || c == ':'; };
    while (belongs(next()) || (next() == ' ' && is_date(begin) && is_digit(at_ + 1))) ++at_;
    const std::string_view found = text_.substr(begin, at_ - begin);
    const bool named =
        found == "true" || found == "false" || found.ends_with("inf") || found.ends_with("nan");
    const std::size_t first = found.find_first_not_of("+-");
    if (!named && (first == std::string_view::npos || !is_digit(begin + first))) {
      at_ = begin;
      fail("a value");
    }
  }

  bool is_digit(std::size_t at) const {
    return at < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at])) != 0;
  }
  bool is_date(std::size_t begin) const { return at_ - begin == 10 && text_[begin + 4] == '-'; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::vector<TomlTable> tables_;
};

}  // namespace

std::vector<TomlTable> read_toml_text(std::string_view text) { return Reader(text).document(); }

std::string toml_value(const mcp::OrderedJson& value) {
  if (!value.is_array()) return value.dump();  // a basic string is written as JSON writes it
  std::vector<std::string> items;
  for (const auto& each : value) items.push_back(each.dump());
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string toml_lines(const mcp::OrderedJson& members, std::string_view line_end) {
  std::string lines;
  for (const auto& [key, value] : members.items()) {
    lines += fmt::format("{} = {}{}", key, toml_value(value), line_end);
  }
  return lines;
}

}  // namespace tools
