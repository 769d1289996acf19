#include "catalog/agents/clean_text.h"

#include <algorithm>
#include <array>

namespace catalog {
namespace {

bool is_control(unsigned char c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

struct Range {  // of UTF-8 sequences of equal length
  std::string_view first;
  std::string_view last;
};

constexpr std::array<Range, 5> unwanted = {{
    {"\xC2\x80", "\xC2\x9F"},          // C1 controls
    {"\xD8\x9C", "\xD8\x9C"},          // Arabic letter mark
    {"\xE2\x80\x8E", "\xE2\x80\x8F"},  // left-to-right and right-to-left marks
    {"\xE2\x80\xAA", "\xE2\x80\xAE"},  // embeddings and overrides
    {"\xE2\x81\xA6", "\xE2\x81\xA9"},  // isolates
}};
constexpr Range tags = {"\xF3\xA0\x80\x80", "\xF3\xA0\x81\xBF"};

bool within(std::string_view text, const Range& range) {
  const std::string_view sequence = text.substr(0, range.first.size());
  return sequence.size() == range.first.size() && sequence >= range.first &&
         sequence <= range.last && std::all_of(sequence.begin() + 1, sequence.end(), continues);
}

// The length of what must go at the front of `text`; 0: it may stay.
std::size_t unwanted_length(std::string_view text) {
  const auto c = static_cast<unsigned char>(text.front());
  if (is_control(c)) return 1;
  if (c < 0x80) return 0;
  for (const Range& range : unwanted) {
    if (within(text, range)) return range.first.size();
  }
  return within(text, tags) ? tags.first.size() : 0;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = unwanted_length(text);
    if (length == 0) out += text.front();
    text.remove_prefix(length == 0 ? 1 : length);
    // In broken UTF-8, what stood around the piece must not join to what is unwanted itself.
    while (length != 0 && !text.empty() && continues(text.front())) text.remove_prefix(1);
  }
  return out;
}

}  // namespace catalog
