#include "catalog/nearest.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace catalog {
namespace {

constexpr std::size_t longest_compared = 64;
constexpr std::size_t most_compared = 4000;

// An id as people misremember it: case and punctuation do not count.
struct PlainId {
  std::string author;
  std::string slug;
};

std::string plain(std::string_view text) {
  std::string result;
  for (char c : text.substr(0, longest_compared)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) result += c;
  }
  return result;
}

PlainId plain_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos) return {"", plain(id)};
  return {plain(id.substr(0, slash)), plain(id.substr(slash + 1))};
}

int difference(std::size_t a, std::size_t b) { return static_cast<int>(a > b ? a - b : b - a); }

// Insertions, deletions and replacements from one text to the other; both are at most
// `longest_compared` long.
int edit_distance(std::string_view a, std::string_view b) {
  std::array<int, longest_compared + 1> row;
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

// How far an id is from the wrong one, smaller is nearer; nothing when they have nothing in common.
std::optional<int> distance(const PlainId& wrong, const PlainId& id) {
  const int author = wrong.author.empty() || wrong.author == id.author ? 0 : 3;
  if (id.slug == wrong.slug) return author;
  const int lengths = difference(id.slug.size(), wrong.slug.size());
  const std::size_t shorter = std::min(id.slug.size(), wrong.slug.size());
  // What one contains the other lacks: as many edits, unless there are many of them.
  const auto within = [&](int base) { return std::min(base + lengths, 8 * lengths) + author; };
  if (shorter >= 3 && id.slug.starts_with(wrong.slug)) return within(10);
  if (shorter >= 3 && id.slug.find(wrong.slug) != std::string::npos) return within(15);
  if (shorter >= 4 && wrong.slug.find(id.slug) != std::string::npos) return within(20);
  const int tolerated = std::max(2, static_cast<int>(wrong.slug.size()) / 3);
  if (lengths > tolerated) return std::nullopt;
  const int edits = edit_distance(wrong.slug, id.slug);
  if (edits > tolerated) return std::nullopt;
  return 8 * edits + author;
}

}  // namespace

std::vector<std::string> nearest(const std::vector<std::string_view>& names,
                                 std::string_view wrong_name, std::size_t n) {
  const PlainId wrong = plain_id(wrong_name);
  if (wrong.slug.empty()) return {};
  std::vector<std::pair<int, std::string_view>> near;
  for (std::size_t i = 0; i < std::min(names.size(), most_compared); ++i) {
    if (const auto d = distance(wrong, plain_id(names[i]))) near.emplace_back(*d, names[i]);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (near.size() > n) near.resize(n);
  std::vector<std::string> found;
  for (const auto& [d, name] : near) found.emplace_back(name);
  return found;
}

}  // namespace catalog
