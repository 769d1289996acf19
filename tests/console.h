// Texts that show commands with what they answer: every block fenced as `console` is run, in the
// order of the text, in one home, and what is shown has to be what is answered.
#pragma once

#include <string>
#include <vector>

namespace tests {

// Runs the commands of such a text, whose path is relative to the root of the tree, after `prelude`
// (sh) each. Times, dates, ids, ports and the home may differ; an id in a later command stands for
// the one that was answered. With ACCEPT=1 in the environment the text is rewritten, and the test
// fails all the same.
void check_console(const std::string& path, const std::string& prelude = "");

// What may differ from run to run, made alike.
std::string without_chances(const std::string& text);

}  // namespace tests
