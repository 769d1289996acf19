// Answers that were paid for and may be asked for again: those that could not be delivered, for the
// next identical call, once; and those bought under an idempotency key, for a day. Files below the
// state folder, so that another process of the user finds them too: a client that lost its answer
// has often lost its server as well. On any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcp/json.h"

namespace tools {

struct KeptAnswer {
  std::string text;
  mcp::OrderedJson structured;
};

class KeptAnswers {
 public:
  // An empty folder: nothing is kept, and a key is refused.
  explicit KeptAnswers(const std::string& state_folder);

  // Whether there may be anything to take; cheap enough for every call.
  bool any() const;
  void park(const std::string& digest, const KeptAnswer& answer);
  // It is gone then, whoever asks next.
  std::optional<KeptAnswer> take(const std::string& digest);

  // The key of a principal as it names its file.
  static std::string id_of(std::string_view principal, std::string_view key);
  // Makes the key that call's, or returns the answer that was bought with it. Throws Refused where
  // it is another call's (invalid_arguments), where that call still runs (busy), where it ended
  // without an answer that can be given again (interrupted), and where nothing can be kept.
  std::optional<KeptAnswer> claim(const std::string& id, const std::string& digest);
  void keep(const std::string& id, const std::string& digest, const KeptAnswer& answer);
  // The call ended without an answer. What may have been billed is not bought again with that key.
  void failed(const std::string& id, const std::string& digest, std::string_view how);
  // Nothing was bought: the key is free.
  void give_back(const std::string& id);

 private:
  std::string parked_file(const std::string& digest) const;
  std::string keyed_file(const std::string& id) const;
  void remove_old(const std::string& folder) const;

  const std::string folder_;  // "" when nothing can be kept
};

// What tells two calls apart.
std::string digest_of(std::string_view principal, std::string_view tool,
                      std::string_view arguments);

}  // namespace tools
