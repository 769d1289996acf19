#include "catalog/agents/artifacts.h"

#include <fmt/format.h>

namespace catalog {
namespace {

constexpr std::size_t max_artifacts = 1'000;
constexpr std::size_t max_parts = 200'000;  // a part may be a single word of a streamed text

std::string file_text(const A2aPart& part) {
  std::string out = "[file " + (part.file_name.empty() ? "without a name" : part.file_name);
  if (!part.media_type.empty()) out += " (" + part.media_type + ")";
  if (!part.file_url.empty()) {
    out += ": " + part.file_url;
  } else {
    out += fmt::format(", {} bytes, not saved", part.file_bytes);
  }
  return out + "]";
}

std::string part_text(const A2aPart& part) {
  return part.type == A2aPart::Type::file ? file_text(part) : part.text;
}

// Adds parts to `text`, which ends in a text part or not.
void append_parts(const std::vector<A2aPart>& parts, std::string& text, bool& ends_in_text) {
  for (const A2aPart& part : parts) {
    const bool is_text = part.type == A2aPart::Type::text;
    const bool joined = is_text && ends_in_text;
    if (!joined && !text.empty() && !text.ends_with('\n')) text += '\n';
    text += part_text(part);
    ends_in_text = is_text;
  }
}

}  // namespace

std::string parts_text(const std::vector<A2aPart>& parts) {
  std::string text;
  bool ends_in_text = true;
  append_parts(parts, text, ends_in_text);
  return text;
}

Artifacts::Slot* Artifacts::slot(const std::string& id) {
  for (Slot& known : slots_) {
    if (known.id == id) return &known;
  }
  if (slots_.size() >= max_artifacts) return nullptr;
  slots_.push_back({id, "", true});
  return &slots_.back();
}

std::string Artifacts::take(const A2aArtifact& artifact, bool append) {
  Slot* known = slot(artifact.id);
  parts_ += artifact.parts.size();
  if (known == nullptr || parts_ > max_parts) {
    overflowed_ = true;
    return {};
  }
  if (append) {
    const std::size_t before = known->text.size();
    append_parts(artifact.parts, known->text, known->ends_in_text);
    return with_gap(*known, known->text.substr(before));
  }
  const std::string before = std::move(known->text);
  known->text.clear();
  known->ends_in_text = true;
  append_parts(artifact.parts, known->text, known->ends_in_text);
  if (known->text.starts_with(before)) return with_gap(*known, known->text.substr(before.size()));
  const bool repeated = before.starts_with(known->text) || before.ends_with(known->text);
  return repeated ? std::string() : with_gap(*known, "\n" + known->text);
}

// Sets the first piece of an artifact apart from the artifact that was shown before it.
std::string Artifacts::with_gap(const Slot& slot, std::string piece) {
  if (piece.empty()) return piece;
  const auto index = static_cast<std::size_t>(&slot - slots_.data());
  if (shown_ && index != shown_slot_) piece.insert(0, "\n\n");
  shown_ = true;
  shown_slot_ = index;
  return piece;
}

std::string Artifacts::text() const {
  std::string all;
  for (const Slot& slot : slots_) {
    if (slot.text.empty()) continue;
    if (!all.empty()) all += "\n\n";
    all += slot.text;
  }
  return all;
}

}  // namespace catalog
