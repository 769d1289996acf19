#include "tools/clients/shown_change.h"

#include <fmt/format.h>

#include <algorithm>

namespace tools {
namespace {

// The stretch that differs, as bytes from its beginning and to its end.
struct Stretch {
  std::size_t begin;
  std::size_t same_after;
};

Stretch differing(std::string_view before, std::string_view after) {
  const auto [first, unused] =
      std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  Stretch stretch{static_cast<std::size_t>(first - before.begin()), 0};
  const std::size_t most = std::min(before.size(), after.size()) - stretch.begin;
  std::size_t& same = stretch.same_after;
  while (same < most && before[before.size() - 1 - same] == after[after.size() - 1 - same]) ++same;
  // Not from within a word to within a word: a path is shown whole.
  const auto in_word = [](std::string_view text, std::size_t at) {
    return at < text.size() &&
           std::string_view(" \t\r\n,{}[]:=").find(text[at]) == std::string_view::npos;
  };
  std::size_t& begin = stretch.begin;
  const auto begins_in_word = [&] { return in_word(before, begin) || in_word(after, begin); };
  while (begin > 0 && in_word(before, begin - 1) && begins_in_word()) --begin;
  const auto ends_in_word = [&](std::string_view text) {
    return text.size() > same && in_word(text, text.size() - same - 1);
  };
  while (same > 0 && in_word(before, before.size() - same) &&
         (ends_in_word(before) || ends_in_word(after)))
    --same;
  return stretch;
}

// The changed bytes of one side as lines with a sign; what stays on its first and last line is
// only hinted at.
std::string side(std::string_view text, Stretch stretch, char sign) {
  const std::size_t end = text.size() - stretch.same_after;
  const std::size_t line = text.rfind('\n', stretch.begin == 0 ? 0 : stretch.begin - 1);
  const std::size_t line_begin =
      line == std::string_view::npos || stretch.begin == 0 ? 0 : line + 1;
  const std::string_view kept = text.substr(line_begin, stretch.begin - line_begin);
  std::string changed(text.substr(stretch.begin, end - stretch.begin));
  const bool starts_line = kept.find_first_not_of(" \t") == std::string_view::npos;
  changed.insert(0, starts_line ? std::string(kept) : "…");
  const bool ends_line = end >= text.size() || text[end] == '\n' || text[end] == '\r';
  if (!ends_line && (changed.empty() || changed.back() != '\n')) changed += "…";
  while (changed.starts_with('\n')) changed.erase(0, 1);
  std::string out;
  for (std::size_t at = 0; at < changed.size();) {
    const std::size_t newline = std::min(changed.find('\n', at), changed.size());
    std::string_view one = std::string_view(changed).substr(at, newline - at);
    if (one.ends_with('\r')) one.remove_suffix(1);
    if (one != "…") out += fmt::format("  {} {}\n", sign, one);
    at = newline + 1;
  }
  return out;
}

}  // namespace

std::string shown_change(std::string_view before, std::string_view after) {
  if (before == after) return "";
  const Stretch stretch = differing(before, after);
  const std::string_view unchanged = before.substr(0, stretch.begin);
  const auto line = std::count(unchanged.begin(), unchanged.end(), '\n') + 1;
  const bool only_adds = stretch.begin + stretch.same_after == before.size();
  std::string out = fmt::format("  line {}\n", line);
  if (!only_adds) out += side(before, stretch, '-');
  const bool only_removes = stretch.begin + stretch.same_after == after.size();
  if (!only_removes) out += side(after, stretch, '+');
  return out;
}

}  // namespace tools
