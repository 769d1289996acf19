#include "catalog/secret_forms.h"

#include <string.h>

#include <algorithm>
#include <optional>

#include "catalog/base64.h"

namespace catalog {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;
constexpr std::size_t widest_window = 64;
constexpr int most_layers = 8;           // of escapes within escapes
constexpr std::size_t most_escaped = 6;  // bytes for one letter that are waited for: \u0073
constexpr std::string_view escape_letters = "\\%ux0123456789abcdefABCDEF";

std::size_t bucket(char first, char second) {
  const auto a = static_cast<unsigned char>(first);
  const auto b = static_cast<unsigned char>(second);
  return (static_cast<std::size_t>(a) << 5 ^ b) & 4095;
}

std::string hexadecimal(std::string_view bytes, std::string_view digits) {
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// What stands in the base64 of any text that holds `secret` behind `offset` bytes (of three): the
// characters that are made of the secret alone.
std::string base64_core(std::string_view secret, std::size_t offset) {
  std::string padded(offset, ' ');
  padded += secret;
  const std::string whole = base64_encoded(padded);
  const std::size_t begin = (8 * offset + 5) / 6;
  const std::size_t end = 8 * padded.size() / 6;
  explicit_bzero(padded.data(), padded.size());
  return whole.substr(begin, end - begin);
}

std::string url_alphabet(std::string base64) {
  std::replace(base64.begin(), base64.end(), '+', '-');
  std::replace(base64.begin(), base64.end(), '/', '_');
  return base64;
}

std::string json_escaped(std::string_view secret) {
  std::string out;
  for (const char c : secret) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One letter of a text, as it is or escaped.
struct Letter {
  char value = 0;
  std::size_t end = 0;  // where the next one begins
  bool escaped = false;
  bool cut = false;  // the text ends within it
};

// `count` hexadecimal digits at `at`, for an ASCII character.
Letter numbered(std::string_view text, std::size_t at, std::size_t count, Letter literal) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size()) return {0, text.size(), true, true};
    const int digit = hex_value(text[i]);
    if (digit < 0) return literal;
    value = value * 16 + digit;
  }
  if (value > 127) return literal;
  return {static_cast<char>(value), at + count, true, false};
}

// \u0073, \x73, \/ and \", with more backslashes where JSON stands within JSON.
Letter backslashed(std::string_view text, std::size_t at, Letter literal) {
  std::size_t next = at;
  while (next < text.size() && text[next] == '\\' && next - at < 2 * most_layers) ++next;
  if (next == text.size()) return {0, next, true, true};
  if (text[next] == 'u') return numbered(text, next + 1, 4, literal);
  if (text[next] == 'x') return numbered(text, next + 1, 2, literal);
  if (text[next] == '/' || text[next] == '"') return {text[next], next + 1, true, false};
  return literal;
}

// %73, %2573 …
Letter percented(std::string_view text, std::size_t at, Letter literal) {
  std::size_t next = at + 1;
  for (int layer = 0; layer < most_layers && text.substr(next, 2) == "25"; ++layer) next += 2;
  return numbered(text, next, 2, literal);
}

bool begins_escape(char c) { return c == '\\' || c == '%'; }

Letter letter_at(std::string_view text, std::size_t at) {
  const Letter literal{text[at], at + 1, false, false};
  if (text[at] == '\\') return backslashed(text, at, literal);
  if (text[at] == '%') return percented(text, at, literal);
  return literal;
}

}  // namespace

SecretForms::SecretForms(const SecretForms* former, std::string_view secret) {
  if (former != nullptr) forms_ = former->forms_;
  add(std::string(secret));
  add(json_escaped(secret));
  add(hexadecimal(secret, "0123456789abcdef"));
  add(hexadecimal(secret, "0123456789ABCDEF"));
  for (std::size_t offset = 0; offset < 3; ++offset) {
    add(base64_core(secret, offset));
    add(url_alphabet(base64_core(secret, offset)));
  }
  // Where one secret begins with another, no tail of the longer one may stay.
  std::stable_sort(forms_.begin(), forms_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  prepare();
}

SecretForms::~SecretForms() {
  for (std::string& form : forms_) explicit_bzero(form.data(), form.size());
}

void SecretForms::add(std::string form) {
  if (std::find(forms_.begin(), forms_.end(), form) != forms_.end()) return;
  forms_.push_back(std::move(form));
}

void SecretForms::prepare() {
  longest_ = forms_.front().size();
  window_ = std::min(forms_.back().size(), widest_window);
  shifts_.fill(static_cast<std::uint8_t>(window_ - 1));
  for (const std::string& form : forms_) {
    for (std::size_t i = 1; i < window_; ++i) {
      std::uint8_t& shift = shifts_[bucket(form[i - 1], form[i])];
      shift = std::min(shift, static_cast<std::uint8_t>(window_ - 1 - i));
    }
    for (const char c : form) letters_.set(static_cast<unsigned char>(c));
    first_letters_.set(static_cast<unsigned char>(form[0]));
    first_pairs_.set(bucket(form[0], form[1]));
  }
  parts_ = letters_;
  for (const char c : escape_letters) parts_.set(static_cast<unsigned char>(c));
  for (const char c : {'u', 'x'}) after_backslash_.set(static_cast<unsigned char>(c));
  for (const unsigned char c : {'/', '"'}) after_backslash_[c] = letters_[c];
}

// The window of Wu and Manber: it moves on by as much as its last two bytes allow.
SecretForms::Range SecretForms::find_plain(std::string_view text, std::size_t from) const {
  for (std::size_t last = from + window_ - 1; last < text.size();) {
    const std::size_t shift = shifts_[bucket(text[last - 1], text[last])];
    last += shift;
    if (shift != 0) continue;
    const std::size_t begin = last - (window_ - 1);
    for (const std::string& form : forms_) {
      if (text.substr(begin, form.size()) == form) return {begin, begin + form.size()};
    }
    ++last;
  }
  return {nowhere, nowhere};
}

// Whether there is an escape that stands for a letter of a secret: seldom, so the slow search is.
bool SecretForms::may_be_escaped(std::string_view text) const {
  const auto stands_for_letter = [&](std::size_t at) {
    const Letter letter = letter_at(text, at);
    return letter.escaped && !letter.cut && letters_[static_cast<unsigned char>(letter.value)];
  };
  for (std::size_t at = text.find('\\'); at != nowhere && at + 1 < text.size();
       at = text.find('\\', at + 1)) {
    if (after_backslash_[static_cast<unsigned char>(text[at + 1])] && stands_for_letter(at)) {
      return true;
    }
  }
  for (std::size_t at = text.find('%'); at != nowhere && at + 2 < text.size();
       at = text.find('%', at + 1)) {
    if (hex_value(text[at + 1]) >= 0 && stands_for_letter(at)) return true;
  }
  return false;
}

// A first look, for most places are no beginning.
bool SecretForms::may_begin(std::string_view text, std::size_t at) const {
  if (begins_escape(text[at])) return true;
  if (at + 1 < text.size() && !begins_escape(text[at + 1])) {
    return first_pairs_[bucket(text[at], text[at + 1])];
  }
  return first_letters_[static_cast<unsigned char>(text[at])];
}

SecretForms::Range SecretForms::find_escaped(std::string_view text, std::size_t from) const {
  for (std::size_t at = from; at < text.size(); ++at) {
    std::size_t end = 0;
    if (may_begin(text, at) && match(text, at, end) == Match::whole) return {at, end};
  }
  return {nowhere, nowhere};
}

SecretForms::Match SecretForms::match(std::string_view text, std::size_t at,
                                      std::size_t& end) const {
  const Letter first = letter_at(text, at);
  if (first.cut) return Match::partly;
  if (!first_letters_[static_cast<unsigned char>(first.value)]) return Match::no;
  Match best = Match::no;
  for (const std::string& form : forms_) {
    const Match found = match(form, text, at, end);
    if (found == Match::whole) return found;
    if (found == Match::partly) best = found;
  }
  return best;
}

SecretForms::Match SecretForms::match(const std::string& form, std::string_view text,
                                      std::size_t at, std::size_t& end) const {
  for (const char wanted : form) {
    if (at == text.size()) return Match::partly;
    Letter letter = letter_at(text, at);
    // As it is, even where it looks like an escape.
    if (letter.value != wanted && text[at] == wanted) letter = {wanted, at + 1, false, false};
    if (letter.cut) return Match::partly;
    if (letter.value != wanted) return Match::no;
    at = letter.end;
  }
  end = at;
  return Match::whole;
}

bool SecretForms::any(std::string_view text) const {
  if (find_plain(text, 0).begin != nowhere) return true;
  return may_be_escaped(text) && find_escaped(text, 0).begin != nowhere;
}

std::vector<SecretForms::Range> SecretForms::all(std::string_view text) const {
  std::vector<Range> ranges;
  Range plain = find_plain(text, 0);
  Range escaped = may_be_escaped(text) ? find_escaped(text, 0) : Range{nowhere, nowhere};
  for (;;) {
    const Range& next = plain.begin <= escaped.begin ? plain : escaped;
    if (next.begin == nowhere) return ranges;
    ranges.push_back(next);
    const std::size_t end = next.end;
    if (plain.begin < end) plain = find_plain(text, end);
    if (escaped.begin < end) escaped = find_escaped(text, end);
  }
}

std::size_t SecretForms::unfinished(std::string_view text) const {
  const std::size_t far = std::min(most_escaped * longest_, text.size());
  const auto part = [this](char c) { return parts_[static_cast<unsigned char>(c)]; };
  const auto last = std::find_if_not(text.rbegin(), text.rbegin() + static_cast<long>(far), part);
  for (auto at = static_cast<std::size_t>(text.rend() - last); at < text.size(); ++at) {
    std::size_t end = 0;
    if (may_begin(text, at) && match(text, at, end) == Match::partly) return at;
  }
  return text.size();
}

}  // namespace catalog
