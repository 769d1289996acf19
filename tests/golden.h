// Files under tests/: read, and compared with what the program makes today.
#pragma once

#include <string>

namespace tests {

// A file below tests/. Fails the test when it is not there.
std::string text_of_file(const std::string& path);
// A file below tests/golden/.
std::string golden(const std::string& path);
// Fails when the golden file is not `now`. With ACCEPT=1 in the environment the file is rewritten,
// and the test fails all the same, so that nothing is accepted unseen.
void check_golden(const std::string& path, const std::string& now);

}  // namespace tests
