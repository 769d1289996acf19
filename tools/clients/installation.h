// Putting this program into a client, and taking it out again: first what would be done, to be
// shown, then the doing. Main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/clients/client.h"
#include "tools/clients/client_file.h"
#include "tools/clients/entry.h"
#include "tools/clients/install_record.h"

namespace tools {

// How a file of a client stands to us.
struct ClientStanding {
  Client client;
  bool is_there = false;  // its program, or something it has written
  ClientFile file;
  bool read_only = false;  // the file
  std::optional<Entry> entry;
  std::optional<InstallRecord> record;
  // The entry starts a program of our name, this very program, or what we put there.
  bool is_ours = false;
};

// Of the file that the client reads now. Throws std::runtime_error when that cannot be read.
ClientStanding standing_of(const Client& client, const Environment& environment,
                           const std::string& state_folder);
// Of all that are there, also where we were put when the client kept its file elsewhere; the one
// above comes first.
std::vector<ClientStanding> standings_of(const Client& client, const Environment& environment,
                                         const std::string& state_folder);

struct Step {
  enum class Kind { nothing, run, write, remove };
  Kind kind = Kind::nothing;
  std::vector<std::string> command;  // run
  std::string text;                  // write: the file's new text
  std::string shown;                 // the change, for the person who is asked
  bool takes_other = false;          // an entry of our name that is not ours goes
};

// With `edit` its file is edited also where the client has a command for it.
Step step_to_install(const ClientStanding& standing, const Launch& launch, bool edit);
Step step_to_uninstall(const ClientStanding& standing);

// Throws std::runtime_error when that fails; the file is as it was then, unless it says otherwise.
// What a client's own command says is quoted as `redacted` leaves it.
void install(const ClientStanding& standing, const Step& step, const Launch& launch,
             const std::string& state_folder,
             const std::function<std::string(std::string)>& redacted);
void uninstall(const ClientStanding& standing, const Step& step, const std::string& state_folder);

// The program of that name in PATH, or "".
std::string in_path(const Environment& environment, const std::string& name);
// By which this program is found again after an update: its name in PATH where that is it, else
// where it lies.
std::string own_path(const Environment& environment);

}  // namespace tools
