// A home folder in which the program is run as a person and a script run it, for the tests of
// `install` and `uninstall`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/build.h"
#include "tests/gateway_replies.h"
#include "tests/process.h"
#include "tools/clients/client.h"

namespace tests::home {

std::string read(const std::string& path);
// With the folders on the way.
void write(const std::string& path, const std::string& text, int mode = 0600);
int mode_of(const std::string& path);  // -1: nothing is there

struct Ran {
  int status = -1;
  std::string said;      // stdout
  std::string problems;  // stderr

  bool says(const std::string& words) const { return said.find(words) != std::string::npos; }
  bool complains(const std::string& words) const {
    return problems.find(words) != std::string::npos;
  }
};

struct Home {
  Folder folder;
  std::map<std::string, std::string> environment = {{"HOME", folder.path()},
                                                    {"OPENROUTER_API_KEY", test_key}};

  std::string in(const std::string& path) const { return folder.path() + "/" + path; }
  // The first that the client may read.
  std::string file(const tools::Client& client) const;
  // Ends with its input; the key is never shown.
  Ran run(const std::vector<std::string>& arguments) const;
  // A line of sh in the home folder, where bin/patchbay is the program; both streams are `said`.
  Ran shell(const std::string& line) const;
  // On a terminal, where somebody types that: all that is shown there.
  std::string on_a_terminal(const std::vector<std::string>& arguments,
                            const std::string& typed) const;
  // A program of that name in PATH.
  void add_program(const std::string& name, const std::string& script);
  // All paths but those of our own state.
  std::vector<std::string> everything() const;
};

}  // namespace tests::home
