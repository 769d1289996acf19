// Wakes a thread that waits in poll. `wake` may be called by any thread and from a signal handler.
#pragma once

namespace mcp {

class HttpWake {
 public:
  HttpWake();
  ~HttpWake();
  HttpWake(const HttpWake&) = delete;
  HttpWake& operator=(const HttpWake&) = delete;

  int fd() const { return ends_[0]; }  // readable once woken
  void wake();
  void wait();   // until woken
  void reset();  // forgets that it was woken

 private:
  int ends_[2];
};

}  // namespace mcp
