// The key that the tests give to the program must not be found in anything the program leaves
// behind: what it wrote to its pipes, its home, its state, its entries in /proc. Every folder and
// every program of the tests is looked through before it goes, and the whole run fails at its end
// when the key was anywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tests {

// Whether `text` holds the test key: as it is, in hexadecimal, base64 or percent-encoded.
bool holds_canary(std::string_view text);
// The files below `folder` that hold it; not those in which `login` and the tests keep keys.
std::vector<std::string> files_with_canary(const std::string& folder);

// The same, remembered for the end of the run.
void look_for_canary(const std::string& folder);
void look_for_canary_of_process(int pid);

// Says what was found; the exit status of the run.
int canary_verdict();

}  // namespace tests
