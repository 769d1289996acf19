// All the ways in which some secrets may be written, and the search for them. Made when a secret
// becomes known, then read by any thread. Nothing here but `Redactor` uses it.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace catalog {

class SecretForms {
 public:
  // The former ones, which may be null, and those of `secret`, which has at least 16 characters.
  SecretForms(const SecretForms* former, std::string_view secret);
  ~SecretForms();
  SecretForms(const SecretForms&) = delete;
  SecretForms& operator=(const SecretForms&) = delete;

  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  bool any(std::string_view text) const;
  // Where secrets stand, in order and apart from each other.
  std::vector<Range> all(std::string_view text) const;
  // Where a secret may have begun that goes on in text to come; the size of `text` for nowhere.
  std::size_t unfinished(std::string_view text) const;

 private:
  enum class Match { no, partly, whole };
  static constexpr std::size_t buckets = 4096;  // for pairs of bytes

  void add(std::string form);
  void prepare();
  Range find_plain(std::string_view text, std::size_t from) const;
  Range find_escaped(std::string_view text, std::size_t from) const;
  bool may_be_escaped(std::string_view text) const;
  bool may_begin(std::string_view text, std::size_t at) const;
  Match match(std::string_view text, std::size_t at, std::size_t& end) const;
  Match match(const std::string& form, std::string_view text, std::size_t at,
              std::size_t& end) const;

  std::vector<std::string> forms_;  // longest first
  std::size_t longest_ = 0;
  std::bitset<256> letters_;          // that occur in a form
  std::bitset<256> parts_;            // letters, and what an escape is made of
  std::bitset<256> first_letters_;    // with which one begins
  std::bitset<buckets> first_pairs_;  // likewise, of two letters
  // What may follow a backslash that escapes one of the letters.
  std::bitset<256> after_backslash_;
  // The search looks through a window as long as the shortest form. How far it may move when its
  // last two bytes are these: about its length, however many forms there are.
  std::size_t window_;
  std::array<std::uint8_t, buckets> shifts_;
};

}  // namespace catalog
