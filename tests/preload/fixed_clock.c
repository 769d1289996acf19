/* Preloaded: it is noon UTC on the 20th of November 2026, and stays so. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (clock != CLOCK_REALTIME) return (int)syscall(SYS_clock_gettime, clock, now);
  now->tv_sec = 1795176000;
  now->tv_nsec = 0;
  return 0;
}
