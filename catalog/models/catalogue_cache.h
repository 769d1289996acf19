// The catalogue of one gateway as it was last seen: in memory, and as a file that outlives the
// process and is shared by all processes of the user. A gateway asks it before the network and
// again when the network failed. Any thread may call anything; the lock is held only to swap a
// pointer.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "catalog/models/model.h"

namespace catalog {

class CatalogueCache {
 public:
  using Time = std::chrono::system_clock::time_point;

  // `file` "" keeps nothing on disk. A file written for another `base_url` counts as absent.
  CatalogueCache(std::string file, std::string base_url);

  // What is in memory, whatever its age and label; null when there is nothing.
  std::shared_ptr<const ModelList> held() const;
  // The list in memory when it is at most five minutes old, else null.
  std::shared_ptr<const ModelList> in_memory(Time now) const;
  // The list in the file when it is at most five minutes old (another process may have fetched it);
  // it is kept in memory from then on. Null otherwise: a file that is damaged, too large, somebody
  // else's or writable by others is no file.
  std::shared_ptr<const ModelList> on_disk(Time now);
  // Whatever there is, however old: memory, else the file, else null. What is older than five
  // minutes and not bundled is labelled stale.
  std::shared_ptr<const ModelList> any(Time now);

  // Takes the raw reply of `GET /models`: decodes it, keeps it in memory and writes the file.
  // Returns it labelled live; null, and nothing is kept, when it holds no models. A file that
  // cannot be written is no error: the next process asks the network again.
  std::shared_ptr<const ModelList> store(std::string_view reply, Time now);
  // Takes a list that came from elsewhere (the bundled one) unless there is one already, and
  // returns what is now in memory.
  std::shared_ptr<const ModelList> hold(std::shared_ptr<const ModelList> list);

 private:
  std::shared_ptr<const ModelList> replace(std::shared_ptr<const ModelList> list);
  std::shared_ptr<const ModelList> load() const;
  void write(std::string_view reply, Time now) const;

  const std::string file_;
  const std::string base_url_;
  mutable std::mutex mutex_;  // guards held_
  std::shared_ptr<const ModelList> held_;
};

}  // namespace catalog
