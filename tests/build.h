// Where this build lies and what it was made with. Known to one file, so that two checkouts can
// share what a compiler cache holds of all the others.
#pragma once

namespace tests::build {

extern const char* const tests_folder;  // of the sources
extern const char* const build_folder;
extern const char* const program;      // the path of patchbay
extern const char* const slow_names;   // the path of the library of that name
extern const char* const full_disk;    // likewise
extern const char* const fixed_clock;  // likewise
extern const bool sanitized;

}  // namespace tests::build
