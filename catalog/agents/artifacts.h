// What an agent made, put together from whole artifacts and from pieces of them (A2A 1.0 section
// 3.1.2, 0.3 section 7.2). Driven by one call on its own thread.
//
// Text parts that follow one another in an artifact are one text, without separators; a data part
// is shown as its JSON, a file by its name and link (files are not saved); artifacts are set apart
// by an empty line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/agents/a2a_message.h"

namespace catalog {

// The parts as text, by the rules above.
std::string parts_text(const std::vector<A2aPart>& parts);

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

 private:
  struct Slot {
    std::string id;
    std::string text;
    bool ends_in_text = true;  // the next text part goes on where the last one ended
  };

  Slot* slot(const std::string& id);
  std::string with_gap(const Slot& slot, std::string piece);

  std::vector<Slot> slots_;
  std::size_t parts_ = 0;
  std::size_t shown_slot_ = 0;  // index of the artifact that the last returned text belongs to
  bool shown_ = false;          // something was returned already
  bool overflowed_ = false;
};

}  // namespace catalog
