// Most chunks of a stream say what the one before them said, but for their piece of text: the same
// id, model and provider around another word. Such a chunk is recognised by comparing bytes, at a
// tenth of what reading it costs. Used on the thread that reads the stream.
#pragma once

#include <string>
#include <string_view>

namespace catalog {

class ChunkPattern {
 public:
  // `piece` is the part of `chunk` that is its piece of text, a JSON string with its quotes; the
  // rest of the chunk has no effect when it is read a second time. An empty piece forgets.
  void learn(std::string_view chunk, std::string_view piece);
  // Appends the piece of a chunk that is otherwise the one learned. False, and nothing was
  // appended, when it is another one and has to be read.
  bool append_piece(std::string_view chunk, std::string& text) const;

 private:
  std::string before_;  // up to and with the opening quote; empty: nothing is learned
  std::string after_;   // from the closing quote on
};

}  // namespace catalog
