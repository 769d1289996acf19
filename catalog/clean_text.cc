#include "catalog/clean_text.h"

#include <algorithm>
#include <array>
#include <cstring>

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

constexpr std::size_t longest_sequence = 4;

// The bytes that something unwanted can begin with.
constexpr std::array<bool, 256> make_suspects() {
  std::array<bool, 256> suspects{};
  for (std::size_t c = 0; c < 0x20; ++c) suspects[c] = c != '\t' && c != '\n' && c != '\r';
  for (const unsigned char c : {0x7F, 0xC2, 0xD8, 0xE2, 0xF3}) suspects[c] = true;
  return suspects;
}

constexpr std::array<bool, 256> suspects = make_suspects();

std::size_t next_suspect(std::string_view text, std::size_t at) {
  while (at < text.size() && !suspects[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string out(text);
  clean_tail(out, 0);
  return out;
}

std::size_t clean_tail(std::string& text, std::size_t from) {
  const std::size_t begin = from < longest_sequence ? 0 : from - longest_sequence + 1;
  std::size_t at = next_suspect(text, begin);
  if (at == text.size()) return from;
  std::size_t kept = at;
  while (at < text.size()) {
    const std::size_t length = unwanted_length(std::string_view(text).substr(at));
    std::size_t next = at + length;
    if (length == 0) {
      next = next_suspect(text, at + 1);
      std::memmove(text.data() + kept, text.data() + at, next - at);
      kept += next - at;
    } else {
      from = std::min(from, kept);
      // In broken UTF-8, what stood around the piece must not join to what is unwanted itself.
      while (next < text.size() && continues(text[next])) ++next;
    }
    at = next;
  }
  text.resize(kept);
  return from;
}

}  // namespace catalog
