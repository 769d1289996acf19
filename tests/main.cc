#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <csignal>

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // as the program does; a peer that hangs up is an error, not the end
  return doctest::Context(argc, argv).run();
}
