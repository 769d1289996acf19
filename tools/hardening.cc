#include "tools/hardening.h"

#include <string.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cstdlib>

namespace tools {

void keep_memory_private() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // a core handler behind a pipe ignores the limit
#endif
}

void wipe_variable(const std::string& name) {
  if (name.empty()) return;
  // The value lies where the kernel put it, and unsetenv would leave it there.
  if (char* value = std::getenv(name.c_str())) ::explicit_bzero(value, ::strlen(value));
  ::unsetenv(name.c_str());
}

}  // namespace tools
