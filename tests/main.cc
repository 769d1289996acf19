#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <csignal>

#include "tests/canary.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // as the program does; a peer that hangs up is an error, not the end
  ::umask(022);  // in a folder that others may write, nothing would be trusted
  doctest::Context context(argc, argv);
  const int status = context.run();
  return status != 0 || context.shouldExit() ? status : tests::canary_verdict();
}
