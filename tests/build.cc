#include "tests/build.h"

namespace tests::build {

const char* const tests_folder = PATCHBAY_TESTS_DIR;
const char* const build_folder = PATCHBAY_BUILD_DIR;
const char* const program = PATCHBAY_PROGRAM;
const char* const slow_names = SLOW_NAMES;
const char* const full_disk = FULL_DISK;
const char* const fixed_clock = FIXED_CLOCK;
const bool sanitized = PATCHBAY_SANITIZED;

}  // namespace tests::build
