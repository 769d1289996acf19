// Reading: which bytes of the text are what.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "tools/json_text.h"

namespace tools {
namespace {

constexpr int deepest = 200;
constexpr int members_kept_to = 5;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  JsonNode document() {
    skip();
    JsonNode root;
    root.begin = root.end = at_;
    if (at_ == text_.size()) return root;
    root = value(0);
    skip();
    if (at_ != text_.size()) fail("the end of the file");
    return root;
  }

 private:
  [[noreturn]] void fail(const char* expected) const { fail_at(at_, expected); }
  [[noreturn]] void fail_at(std::size_t at, const char* expected) const {
    throw std::runtime_error(fmt::format("{}: expected {}", place_in(text_, at), expected));
  }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  void skip() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(next())) != 0) {
        ++at_;
      } else if (starts("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (starts("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) fail("an end of this comment");
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  JsonNode value(int depth) {
    if (depth > deepest) fail("fewer brackets within brackets");
    JsonNode node;
    node.kind = next();
    node.begin = at_;
    if (node.kind == '{') {
      object(node, depth);
    } else if (node.kind == '[') {
      array(depth);
    } else if (node.kind == '"') {
      string();
    } else {
      word();
    }
    node.end = at_;
    return node;
  }

  void object(JsonNode& node, int depth) {
    ++at_;
    for (skip(); next() != '}'; skip()) {
      JsonMember one = member(depth);
      if (depth < members_kept_to) node.members.push_back(std::move(one));
      skip();
      if (next() == ',') {
        ++at_;
      } else if (next() != '}') {
        fail("\",\" or \"}\"");
      }
    }
    ++at_;
  }

  JsonMember member(int depth) {
    if (next() != '"') fail("a name in double quotes, or \"}\"");
    JsonMember one;
    one.key_begin = at_;
    one.key = string();
    skip();
    if (next() != ':') fail("\":\"");
    ++at_;
    skip();
    one.value = value(depth + 1);
    return one;
  }

  void array(int depth) {
    ++at_;
    for (skip(); next() != ']'; skip()) {
      value(depth + 1);
      skip();
      if (next() == ',') {
        ++at_;
      } else if (next() != ']') {
        fail("\",\" or \"]\"");
      }
    }
    ++at_;
  }

  std::string string() {
    const std::size_t begin = at_;
    for (++at_; next() != '"'; ++at_) {
      if (next() == '\\') ++at_;
      if (at_ >= text_.size() || text_[at_] == '\n') fail_at(begin, "an end of this text");
    }
    ++at_;
    const auto decoded = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    if (!decoded.is_string()) fail_at(begin, "a text without control characters and odd escapes");
    return decoded.get<std::string>();
  }

  void word() {
    const std::size_t begin = at_;
    const auto belongs = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.';
    };
    while (belongs(next())) ++at_;
    if (!nlohmann::json::accept(text_.substr(begin, at_ - begin))) {
      at_ = begin;
      fail("a value");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const JsonMember* JsonNode::find(std::string_view key) const {
  const JsonMember* found = nullptr;
  for (const JsonMember& each : members) {
    if (each.key == key) found = &each;
  }
  return found;
}

std::string place_in(std::string_view text, std::size_t at) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : text.substr(0, std::min(at, text.size()))) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // a character
    if (!continues) ++column;
    if (c == '\n') ++line, column = 1;
  }
  return fmt::format("line {}, column {}", line, column);
}

JsonNode read_json_text(std::string_view text) { return Reader(text).document(); }

const JsonNode* node_at(const JsonNode& root, const JsonPath& path) {
  const JsonNode* node = &root;
  for (const std::string& key : path) {
    const JsonMember* member = node->find(key);
    if (member == nullptr) return nullptr;
    node = &member->value;
  }
  return node;
}

}  // namespace tools
