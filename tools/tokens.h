// The tokens by which callers of `patchbay serve` are told apart: who they are, the SHA-256 of
// each, and until when it holds, in a file of the state folder that only the owner can read. The
// tokens themselves are shown once and kept nowhere. `principal_of` may be called by any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tools {

class Tokens {
 public:
  struct Entry {
    std::string name;
    std::string sha256;        // of the token, in hexadecimal
    std::int64_t created = 0;  // seconds since 1970
    std::int64_t expires = 0;  // 0: never
  };

  explicit Tokens(const std::string& state_folder);

  // A new token for `name`. Throws std::runtime_error, written for the user, when the name is taken
  // or not a name, or the file cannot be read or written.
  std::string add(const std::string& name, std::chrono::seconds lifetime);  // 0: for ever
  bool revoke(const std::string& name);  // false: there is none of that name
  std::vector<Entry> list() const;

  // Whose token it is; nothing when it is not valid. What `revoke` took away is gone within half a
  // minute, also in another process.
  std::optional<std::string> principal_of(const std::string& token);

 private:
  void write(const std::vector<Entry>& entries) const;
  std::vector<Entry> current();

  const std::string file_;

  std::mutex mutex_;  // guards everything below
  std::vector<Entry> read_;
  std::optional<std::chrono::steady_clock::time_point> read_at_;
};

}  // namespace tools
