// Changing: a member more or less, in the manner of what stands around it.
#include "tools/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace tools {
namespace {

using mcp::OrderedJson;

// How the text is laid out.
struct Layout {
  std::string step = "  ";
  std::string line_end = "\n";
};

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The spaces before `at`, if nothing else stands before it on its line.
std::optional<std::string> indentation_of(std::string_view text, std::size_t at) {
  const std::size_t newline = text.rfind('\n', at == 0 ? 0 : at - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  const std::string_view before = text.substr(begin, at - begin);
  if (!is_blank(before) || newline == std::string_view::npos) return std::nullopt;
  return std::string(before);
}

Layout layout_of(std::string_view text, const JsonNode& root) {
  Layout layout;
  const std::size_t newline = text.find('\n');
  if (newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r') {
    layout.line_end = "\r\n";
  }
  if (root.members.empty()) return layout;
  const auto step = indentation_of(text, root.members.front().key_begin);
  if (step && !step->empty()) layout.step = *step;
  return layout;
}

// `"name": value`, its later lines indented like its first.
std::string rendered(const std::string& name, const OrderedJson& value, const std::string& indent,
                     const Layout& layout) {
  const bool tabs = layout.step[0] == '\t';
  const int width = tabs ? 1 : static_cast<int>(layout.step.size());
  const std::string plain = value.dump(width, tabs ? '\t' : ' ');
  std::string out = name.empty() ? std::string() : OrderedJson(name).dump() + ": ";
  for (const char c : plain) {
    if (c == '\n') {
      out += layout.line_end;
      out += indent;
    } else {
      out += c;
    }
  }
  return out;
}

std::string spliced(std::string_view text, std::size_t begin, std::size_t end,
                    std::string_view with) {
  std::string out(text.substr(0, begin));
  out += with;
  out += text.substr(end);
  return out;
}

// The comma after `from` and before `until`, if there is one outside of comments.
std::optional<std::size_t> comma_after(std::string_view text, std::size_t from, std::size_t until) {
  for (std::size_t at = from; at < until; ++at) {
    if (text[at] == ',') return at;
    if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), until);
    } else if (text.substr(at).starts_with("/*")) {
      at = text.find("*/", at + 2) + 1;
    }
  }
  return std::nullopt;
}

// After the last byte before `end` that is not blank.
std::size_t end_of_content(std::string_view text, std::size_t end) {
  return text.substr(0, end).find_last_not_of(" \t\r\n") + 1;
}

// After the last member, or after what comments there are in an object without members.
std::string added(std::string_view text, const JsonNode& object, const std::string& name,
                  const OrderedJson& value, const Layout& layout) {
  const std::size_t brace = object.end - 1;
  const std::size_t content_end = end_of_content(text, brace);
  const std::string own_indent = indentation_of(text, brace).value_or("");
  if (object.members.empty()) {
    // The closing brace of an empty object stands where its line begins.
    std::string outer = own_indent;
    if (outer.empty()) {
      const std::size_t line = text.rfind('\n', object.begin) + 1;
      const std::size_t first = text.find_first_not_of(" \t", line);
      outer = text.substr(line, first - line);
    }
    const std::string inner = outer + layout.step;
    return spliced(
        text, content_end, brace,
        layout.line_end + inner + rendered(name, value, inner, layout) + layout.line_end + outer);
  }
  const JsonMember& last = object.members.back();
  auto indent = indentation_of(text, last.key_begin);
  // A line may end in a comment, behind which nothing may be put.
  const bool has_lines =
      text.substr(last.value.end, brace - last.value.end).find('\n') != std::string_view::npos;
  if (!indent && has_lines) indent = own_indent + layout.step;
  const auto comma = comma_after(text, last.value.end, brace);
  std::string member = indent ? layout.line_end + *indent : std::string(" ");
  member += indent ? rendered(name, value, *indent, layout)
                   : fmt::format("{}: {}", OrderedJson(name).dump(), value.dump());
  if (comma) return spliced(text, content_end, content_end, member + ",");
  const std::string with_new = spliced(text, content_end, content_end, member);
  return spliced(with_new, last.value.end, last.value.end, ",");
}

// What a path that is not there has to be made of: {"b": {"c": value}} for b, c.
OrderedJson nested(const JsonPath& path, std::size_t from, const OrderedJson& value) {
  OrderedJson whole = value;
  for (std::size_t i = path.size(); i-- > from;) whole = OrderedJson{{path[i], whole}};
  return whole;
}

// From the member's first byte to after its comma; the whole lines where it has them for itself.
struct Cut {
  std::size_t begin;
  std::size_t end;
};

Cut cut_of(std::string_view text, const JsonNode& object, std::size_t index) {
  const JsonMember& member = object.members[index];
  const bool is_last = index + 1 == object.members.size();
  const std::size_t limit = is_last ? object.end - 1 : object.members[index + 1].key_begin;
  const auto comma = comma_after(text, member.value.end, limit);
  Cut cut{member.key_begin, comma ? *comma + 1 : member.value.end};
  if (is_last) {
    // What stands before may be a comment, which ends with its line.
    const std::size_t content_end = end_of_content(text, member.key_begin);
    const auto has_line_end = [&](std::size_t from, std::size_t until) {
      return text.substr(from, until - from).find('\n') != std::string_view::npos;
    };
    if (has_line_end(cut.end, limit) || !has_line_end(content_end, member.key_begin)) {
      cut.begin = content_end;
    }
    return cut;
  }
  const std::size_t next = text.find_first_not_of(" \t\r", cut.end);
  const bool ends_line = next != std::string_view::npos && text[next] == '\n';
  const auto indent = indentation_of(text, member.key_begin);
  if (ends_line && indent) return {member.key_begin - indent->size(), next + 1};
  return {cut.begin, next};
}

}  // namespace

std::string with_member(std::string_view text, const JsonPath& path, const OrderedJson& value) {
  const JsonNode root = read_json_text(text);
  const Layout layout = layout_of(text, root);
  if (root.kind == '\0') {
    std::string whole(text);
    return whole + rendered({}, nested(path, 0, value), {}, layout) + layout.line_end;
  }
  const JsonNode* node = &root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (node->kind != '{') {
      throw std::runtime_error(fmt::format("{}: expected an object", place_in(text, node->begin)));
    }
    const JsonMember* member = node->find(path[i]);
    if (member == nullptr) return added(text, *node, path[i], nested(path, i + 1, value), layout);
    if (i + 1 == path.size()) {
      const std::string indent = indentation_of(text, member->key_begin).value_or("");
      return spliced(text, member->value.begin, member->value.end,
                     rendered({}, value, indent, layout));
    }
    node = &member->value;
  }
  return std::string(text);
}

std::string without_member(std::string_view text, const JsonPath& path) {
  const JsonNode root = read_json_text(text);
  const JsonNode* object = node_at(root, {path.begin(), path.end() - 1});
  const JsonMember* member = object == nullptr ? nullptr : object->find(path.back());
  if (member == nullptr) return std::string(text);
  const auto index = static_cast<std::size_t>(member - object->members.data());
  const Cut cut = cut_of(text, *object, index);
  std::string out = spliced(text, cut.begin, cut.end, {});
  const bool is_last = index + 1 == object->members.size();
  if (is_last && index > 0) {
    // Its comma is the one before it, unless there is one after it too.
    const JsonMember& before = object->members[index - 1];
    const bool had_own = comma_after(text, member->value.end, object->end - 1).has_value();
    const auto comma = comma_after(text, before.value.end, member->key_begin);
    if (comma && !had_own) out.erase(*comma, 1);
  }
  if (object->members.size() == 1) {
    // With nothing left in it, an object is {}.
    const std::size_t end = out.find('}', cut.begin);
    if (is_blank(std::string_view(out).substr(object->begin + 1, end - object->begin - 1))) {
      out.erase(object->begin + 1, end - object->begin - 1);
    }
  }
  return out;
}

}  // namespace tools
