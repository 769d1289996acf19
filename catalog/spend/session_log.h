// What became of the purchases of one run of the program, before the ledger knows: a small file
// that is written at once and without waiting for the disk, so that it outlives the process, though
// perhaps not a power cut. The ledger catches up a moment later, and the file is emptied.
//
// The process holds a lock on its file for as long as it lives; whoever gets that lock knows that
// the process has gone, reads what it left, and enters it in its place. Written by `Books` on the
// threads of calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/spend/ledger.h"

namespace catalog {

class SessionLog {
 public:
  // A new one in that folder, which is made if need be. Throws UpstreamError{io_error}.
  explicit SessionLog(const std::string& folder);
  ~SessionLog();
  SessionLog(const SessionLog&) = delete;
  SessionLog& operator=(const SessionLog&) = delete;

  const std::string& session() const { return session_; }  // 64 random bits in hexadecimal
  // One write of a few bytes. Where the disk is full, nothing here is complete any more.
  void add(const Mark& mark);
  void clear() {
    if (any_) begin();
  }
  // Nothing is left to be said: the file goes with this object.
  void remove_at_end() { remove_ = true; }

 private:
  void begin();

  const std::string folder_;
  std::string session_;
  const std::string boot_;
  int fd_ = -1;
  bool any_ = false;  // something was added since it was clear
  bool remove_ = false;
};

// What a session left behind whose process has gone. While it lives nobody else can take it.
class LeftLog {
 public:
  // Nothing while that process still runs, or somebody else looks after what it left.
  static std::optional<LeftLog> take(const std::string& folder, const std::string& session);
  ~LeftLog();
  LeftLog(LeftLog&& other) noexcept;
  LeftLog& operator=(LeftLog&&) = delete;

  const std::vector<Mark>& marks() const { return marks_; }
  // Whether the file is known to hold every mark: there has been no power cut since it was begun.
  bool complete() const { return complete_; }
  void remove();

 private:
  LeftLog(std::string file, int fd);
  void read();

  std::string file_;
  int fd_;
  std::vector<Mark> marks_;
  bool complete_ = false;
};

// The sessions that have a file in that folder, of living processes too.
std::vector<std::string> logged_sessions(const std::string& folder);

}  // namespace catalog
