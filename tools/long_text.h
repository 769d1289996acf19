// An answer that is longer than a client takes: cut on a sensible boundary, the whole kept in a
// file.
#pragma once

#include <cstddef>
#include <string>

namespace tools {

struct CutText {
  std::string text;             // what fits
  std::size_t total_bytes = 0;  // of the whole
  std::string file;     // where the whole is; empty: nothing was cut, or nothing could be kept
  std::string problem;  // why it could not be kept

  bool cut() const { return text.size() < total_bytes; }
};

// `text`, or what fits `most` bytes of it: up to the end of a paragraph, line or word when one is
// near. The whole then goes into `<state_folder>/results`, 0600.
CutText cut_text(std::string text, std::size_t most, const std::string& state_folder);

// 128 random bits in hexadecimal: names that nobody can guess.
std::string random_id();

}  // namespace tools
