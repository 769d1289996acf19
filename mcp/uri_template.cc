#include "mcp/uri_template.h"

#include <algorithm>

namespace mcp {
namespace {

struct Variable {
  std::string name;
  bool takes_slashes;
  std::size_t end;  // of the expression in the template
};

Variable variable_at(std::string_view text, std::size_t brace) {
  const auto close = std::min(text.find('}', brace), text.size());
  const bool plus = text.substr(brace + 1, 1) == "+";
  const std::size_t begin = brace + (plus ? 2 : 1);
  return {std::string(text.substr(begin, close - begin)), plus, close + 1};
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace

std::vector<std::string> variables_of(std::string_view uri_template) {
  std::vector<std::string> names;
  for (auto brace = uri_template.find('{'); brace != std::string_view::npos;) {
    Variable variable = variable_at(uri_template, brace);
    brace = uri_template.find('{', variable.end);
    names.push_back(std::move(variable.name));
  }
  return names;
}

std::optional<std::map<std::string, std::string>> match_uri(std::string_view uri_template,
                                                            std::string_view uri) {
  std::map<std::string, std::string> values;
  for (;;) {
    const auto brace = uri_template.find('{');
    const std::string_view literal = uri_template.substr(0, brace);
    if (uri.substr(0, literal.size()) != literal) return std::nullopt;
    uri.remove_prefix(literal.size());
    if (brace == std::string_view::npos) break;
    const Variable variable = variable_at(uri_template, brace);
    uri_template.remove_prefix(variable.end);
    // A value reaches to the next literal, or to the end.
    const std::string_view next = uri_template.substr(0, uri_template.find('{'));
    const auto end = next.empty() ? uri.size() : uri.find(next);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    const std::string_view raw = uri.substr(0, end);
    const auto value = percent_decoded(raw);
    if (!value || (!variable.takes_slashes && raw.find('/') != raw.npos)) return std::nullopt;
    values[variable.name] = *value;
    uri.remove_prefix(end);
  }
  return uri.empty() ? std::optional(values) : std::nullopt;
}

}  // namespace mcp
