// What an agent made, put together from whole artifacts and from pieces of them (A2A 1.0 section
// 3.1.2, 0.3 section 7.2). Driven by one call on its own thread.
//
// Text parts that follow one another in an artifact are one text, without separators; a data part
// is shown as its JSON, a file by its name and size or link beside being kept; artifacts are set
// apart by an empty line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/a2a_message.h"

namespace catalog {

// How many files one answer may still hold: 100, and 64 MiB together.
class FileAllowance {
 public:
  bool take(std::size_t bytes);
  void give_back(const std::vector<FilePart>& files);

 private:
  std::size_t files_ = 0;
  std::size_t bytes_ = 0;
};

// Parts as text, by the rules above, and their files.
struct Content {
  std::string text;
  std::vector<FilePart> files;
  bool ends_in_text = true;  // the next text part goes on where the last one ended

  // Files beyond the allowance are named in the text and left out.
  void append(const std::vector<A2aPart>& parts, FileAllowance& allowance);
};

class Artifacts {
 public:
  // Takes one artifact: appended to the one of the same id (made when there is none), or in its
  // place. Returns the text that is new to somebody who printed all that was returned before; an
  // artifact that comes again as a whole repeats nothing.
  std::string take(const A2aArtifact& artifact, bool append);

  bool empty() const { return slots_.empty(); }
  // More artifacts or parts than anybody could use; what came after that was left out.
  bool overflowed() const { return overflowed_; }
  std::string text() const;
  std::vector<FilePart> files() const;

 private:
  struct Slot {
    std::string id;
    Content content;
  };

  Slot* slot(const std::string& id);
  std::string with_gap(const Slot& slot, std::string piece);
  std::string replace(Slot& slot, const std::vector<A2aPart>& parts);

  std::vector<Slot> slots_;
  FileAllowance allowance_;
  std::size_t parts_ = 0;
  std::size_t shown_slot_ = 0;  // index of the artifact that the last returned text belongs to
  bool shown_ = false;          // something was returned already
  bool overflowed_ = false;
};

}  // namespace catalog
