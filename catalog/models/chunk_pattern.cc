#include "catalog/models/chunk_pattern.h"

#include "catalog/models/json_cursor.h"

namespace catalog {

void ChunkPattern::learn(std::string_view chunk, std::string_view piece) {
  constexpr std::size_t most_bytes = 4096;  // of a chunk worth copying
  before_.clear();
  if (piece.empty() || chunk.size() > most_bytes) return;
  const auto begin = static_cast<std::size_t>(piece.data() - chunk.data());
  before_ = chunk.substr(0, begin + 1);
  after_ = chunk.substr(begin + piece.size() - 1);
}

bool ChunkPattern::append_piece(std::string_view chunk, std::string& text) const {
  if (before_.empty() || chunk.size() < before_.size() + after_.size()) return false;
  if (!chunk.starts_with(before_) || !chunk.ends_with(after_)) return false;
  chunk.remove_prefix(before_.size() - 1);
  chunk.remove_suffix(after_.size() - 1);
  const std::size_t size = text.size();
  JsonCursor piece(chunk);
  // What looks like the end of the string may be inside it, behind a backslash or a second quote.
  if (piece.append_string(text) && piece.at_end() && piece.ok()) return true;
  text.resize(size);
  return false;
}

}  // namespace catalog
