/* Preloaded: every name takes six seconds to resolve, and then does not exist. */
#define _GNU_SOURCE
#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
  (void)node, (void)service, (void)hints, (void)result;
  sleep(6);
  return EAI_NONAME;
}
