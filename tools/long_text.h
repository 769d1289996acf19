// An answer that is longer than a client takes: cut on a sensible boundary, the whole kept in a
// file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

struct CutText {
  std::string text;             // what fits
  std::size_t total_bytes = 0;  // of the whole
  std::string file;     // where the whole is; empty: nothing was cut, or nothing could be kept
  std::string id;       // of the file, for result://{id}
  std::string problem;  // why it could not be kept

  bool cut() const { return text.size() < total_bytes; }
};

// `text`, or what fits `most` bytes of it: up to the end of a paragraph, line or word when one is
// near. The whole then goes into `<state_folder>/results`, 0600.
CutText cut_text(std::string text, std::size_t most, const std::string& state_folder);

// Where the rest of a cut text is, to stand behind it; "" when nothing was cut.
std::string cut_note(const CutText& cut);

// How many bytes each of several texts gets so that all together have at most `total`: short ones
// whole, the others alike.
std::vector<std::size_t> fair_shares(const std::vector<std::size_t>& sizes, std::size_t total);

// Writes a file below the state folder, 0600, and returns its path; "" on failure, with errno set.
std::string kept_bytes(std::string_view bytes, const std::string& state_folder,
                       const std::string& folder, const std::string& name);
// A stranger's name for its file, as one that cannot leave its folder or hide in it.
std::string plain_name(const std::string& name, std::size_t index);
// Whether that may be the id of a kept text; and the file that keeps it.
bool is_kept_id(std::string_view id);
std::string kept_file(const std::string& state_folder, const std::string& id);

// 128 random bits in hexadecimal: names that nobody can guess.
std::string random_id();

}  // namespace tools
