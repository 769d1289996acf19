#include "catalog/agents/a2a_version.h"

namespace catalog {
namespace {

constexpr std::size_t max_remembered =
    4096;  // endpoints come from cards, so their number is not ours

}  // namespace

std::string_view name(A2aVersion version) { return version == A2aVersion::v1_0 ? "1.0" : "0.3"; }

A2aVersion other(A2aVersion version) {
  return version == A2aVersion::v1_0 ? A2aVersion::v0_3 : A2aVersion::v1_0;
}

std::optional<A2aVersion> a2a_version(std::string_view text) {
  if (text.starts_with("v")) text.remove_prefix(1);
  if (text == "1" || text.starts_with("1.")) return A2aVersion::v1_0;
  if (text == "0" || text.starts_with("0.")) return A2aVersion::v0_3;
  return std::nullopt;
}

std::optional<A2aVersion> SpokenVersions::recall(const std::string& endpoint) const {
  const std::lock_guard lock(mutex_);
  const auto found = spoken_.find(endpoint);
  if (found == spoken_.end()) return std::nullopt;
  return found->second;
}

void SpokenVersions::remember(const std::string& endpoint, A2aVersion version) {
  const std::lock_guard lock(mutex_);
  if (spoken_.size() >= max_remembered) spoken_.clear();
  spoken_[endpoint] = version;
}

void SpokenVersions::forget(const std::string& endpoint) {
  const std::lock_guard lock(mutex_);
  spoken_.erase(endpoint);
}

}  // namespace catalog
