// The two versions of A2A that are spoken here, and what each endpoint turned out to speak. A card
// may say one and its server the other, so the first call finds out and a directory remembers.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace catalog {

// 0.2 is the same on the wire as 0.3.
enum class A2aVersion { v0_3, v1_0 };

std::string_view name(A2aVersion version);  // "0.3", "1.0"
A2aVersion other(A2aVersion version);
// What a card's version text means: "1.0.0" is 1.0, any "0.x" is 0.3; nothing for all else.
std::optional<A2aVersion> a2a_version(std::string_view text);

// What endpoints turned out to speak, by their URL. Owned by a directory; called by any thread.
class SpokenVersions {
 public:
  std::optional<A2aVersion> recall(const std::string& endpoint) const;
  void remember(const std::string& endpoint, A2aVersion version);
  void forget(const std::string& endpoint);

 private:
  mutable std::mutex mutex_;  // guards spoken_
  std::map<std::string, A2aVersion> spoken_;
};

}  // namespace catalog
