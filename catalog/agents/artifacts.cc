#include "catalog/agents/artifacts.h"

#include <fmt/format.h>

namespace catalog {
namespace {

constexpr std::size_t max_artifacts = 1'000;
constexpr std::size_t max_parts = 200'000;  // a part may be a single word of a streamed text
constexpr std::size_t max_files = 100;
constexpr std::size_t max_all_file_bytes = std::size_t{64} << 20;

std::string file_text(const A2aPart& part, std::string_view problem) {
  std::string out = "[file " + (part.file.name.empty() ? "without a name" : part.file.name);
  if (!part.file.media_type.empty()) out += " (" + part.file.media_type + ")";
  if (!part.file.url.empty()) out += ": " + part.file.url;
  if (part.file.url.empty() || part.file_size > 0) out += fmt::format(", {} bytes", part.file_size);
  if (!problem.empty()) out += fmt::format(", {}", problem);
  return out + "]";
}

}  // namespace

bool FileAllowance::take(std::size_t bytes) {
  if (files_ >= max_files || bytes > max_all_file_bytes - bytes_) return false;
  ++files_;
  bytes_ += bytes;
  return true;
}

void FileAllowance::give_back(const std::vector<FilePart>& files) {
  files_ -= files.size();
  for (const FilePart& file : files) bytes_ -= file.bytes.size();
}

void Content::append(const std::vector<A2aPart>& parts, FileAllowance& allowance) {
  for (const A2aPart& part : parts) {
    const bool is_text = part.type == A2aPart::Type::text;
    const bool joined = is_text && ends_in_text;
    if (!joined && !text.empty() && !text.ends_with('\n')) text += '\n';
    ends_in_text = is_text;
    if (part.type != A2aPart::Type::file) {
      text += part.text;
      continue;
    }
    std::string_view problem = part.file_problem;
    if (problem.empty() && !allowance.take(part.file.bytes.size())) problem = "too many files";
    if (problem.empty()) files.push_back(part.file);
    text += file_text(part, problem);
  }
}

Artifacts::Slot* Artifacts::slot(const std::string& id) {
  for (Slot& known : slots_) {
    if (known.id == id) return &known;
  }
  if (slots_.size() >= max_artifacts) return nullptr;
  slots_.push_back({id, {}});
  return &slots_.back();
}

std::string Artifacts::take(const A2aArtifact& artifact, bool append) {
  Slot* known = slot(artifact.id);
  parts_ += artifact.parts.size();
  if (known == nullptr || parts_ > max_parts) {
    overflowed_ = true;
    return {};
  }
  if (!append) return replace(*known, artifact.parts);
  const std::size_t before = known->content.text.size();
  known->content.append(artifact.parts, allowance_);
  return with_gap(*known, known->content.text.substr(before));
}

std::string Artifacts::replace(Slot& known, const std::vector<A2aPart>& parts) {
  const std::string before = std::move(known.content.text);
  allowance_.give_back(known.content.files);
  known.content = {};
  known.content.append(parts, allowance_);
  const std::string& now = known.content.text;
  if (now.starts_with(before)) return with_gap(known, now.substr(before.size()));
  const bool repeated = before.starts_with(now) || before.ends_with(now);
  return repeated ? std::string() : with_gap(known, "\n" + now);
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
    if (slot.content.text.empty()) continue;
    if (!all.empty()) all += "\n\n";
    all += slot.content.text;
  }
  return all;
}

std::vector<FilePart> Artifacts::files() const {
  std::vector<FilePart> all;
  for (const Slot& slot : slots_) {
    all.insert(all.end(), slot.content.files.begin(), slot.content.files.end());
  }
  return all;
}

}  // namespace catalog
