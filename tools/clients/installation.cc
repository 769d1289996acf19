#include "tools/clients/installation.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "tools/clients/entry_values.h"
#include "tools/clients/shown_change.h"
#include "tools/error_text.h"
#include "tools/keys/key_program.h"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds command_patience{60};
constexpr std::size_t longest_said = 300;

void check_home(const Environment& environment) {
  if (!environment("HOME")) throw std::runtime_error("there is no home folder: set HOME");
}

// Those with several have moved; the one that is there counts.
std::string file_of(const Client& client, const Environment& environment) {
  const std::vector<std::string> files = client.files(environment);
  for (const std::string& each : files) {
    if (fs::exists(fs::symlink_status(each))) return each;
  }
  return files.front();
}

bool is_read_only(const ClientFile& file) {
  struct stat about {};
  if (!file.text || ::stat(file.path.c_str(), &about) != 0) return false;
  return (about.st_mode & 0222) == 0 || ::access(file.path.c_str(), W_OK) != 0;
}

bool starts_us(const ClientStanding& standing, const Environment& environment) {
  if (!standing.entry || standing.entry->starts.empty()) return false;
  const std::string& program = standing.entry->starts.front();
  return standing.entry->is_ours() || program == own_path(environment) ||
         (standing.record && standing.record->program == program);
}

ClientStanding standing_in(const Client& client, const std::string& file,
                           const Environment& environment,
                           const std::vector<InstallRecord>& records) {
  ClientStanding standing;
  standing.client = client;
  standing.file = read_client_file(file);
  const std::string& path = standing.file.path;
  standing.read_only = is_read_only(standing.file);
  const fs::path folder = fs::path(path).parent_path();
  const bool has_folder = folder != environment("HOME").value_or("") && fs::exists(folder);
  standing.is_there =
      standing.file.text || has_folder || !in_path(environment, client.program).empty();
  try {
    if (standing.file.text) standing.entry = find_entry(client, *standing.file.text);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(fmt::format("{}, {}", path, problem.what()));
  }
  for (const InstallRecord& each : records) {
    if (each.file == path) standing.record = each;
  }
  standing.is_ours = starts_us(standing, environment);
  return standing;
}

Step written(std::string text, std::string shown) {
  Step step;
  step.kind = Step::Kind::write;
  step.text = std::move(text);
  step.shown = std::move(shown);
  return step;
}

std::string new_start(const Entry& entry, const std::vector<std::string>& starts) {
  return fmt::format("  {}\n  - {}\n  + {}\n", entry.place, fmt::join(entry.starts, " "),
                     fmt::join(starts, " "));
}

// The text with that change; what is in its way is said with its place.
template <class Change>
std::string changed(const ClientStanding& standing, Change change) {
  try {
    return change();
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(
        fmt::format("{}, {}; nothing was changed", standing.file.path, problem.what()));
  }
}

std::string after_command(const ClientStanding& standing, const Step& step,
                          const std::function<std::string(std::string)>& redacted) {
  const Ran ran = run_program(step.command, {}, command_patience, {}, Errors::with_output);
  if (!ran.problem.empty()) {
    const std::string said = quoted(redacted(ran.last_line), longest_said);
    throw std::runtime_error(fmt::format("`{} …` {}{}; with --edit its file is changed directly",
                                         step.command.front(), ran.problem,
                                         said.empty() ? "" : fmt::format(": \"{}\"", said)));
  }
  return read_client_file(standing.file.path).text.value_or("");
}

void remove_folders(const std::vector<std::string>& folders) {
  for (auto each = folders.rbegin(); each != folders.rend(); ++each) ::rmdir(each->c_str());
}

// Without a record the file could not be made again what it was, so it is made so now. `text` is
// what it holds.
[[noreturn]] void take_back(const ClientStanding& standing, const std::string& text,
                            const std::vector<std::string>& folders, const char* why) {
  try {
    write_client_file({standing.file.path, text}, standing.file.text);
  } catch (const std::runtime_error&) {
    throw std::runtime_error(
        fmt::format("{}: it is installed, but what was there before could not be kept: {}",
                    standing.file.path, why));
  }
  remove_folders(folders);
  throw std::runtime_error(
      fmt::format("what was there before could not be kept, so nothing was changed: {}", why));
}

// An entry of ours, brought up to date; what the user added to it stays.
Step step_to_update(const ClientStanding& standing, const Launch& launch) {
  const Client& client = standing.client;
  const mcp::OrderedJson entry = whole_entry(client, launch);
  const std::vector<std::string> starts = starts_of(client.launch(launch));
  std::string text = *standing.file.text;
  std::string shown;
  if (standing.entry->starts != starts) {
    text = changed(standing, [&] { return with_launch(client, text, client.launch(launch)); });
    shown = new_start(*standing.entry, starts);
  }
  const std::vector<std::string> names = missing_names(client, text, entry);
  if (!names.empty()) {
    text = changed(standing, [&] { return with_names(client, text, entry, names); });
    if (shown.empty()) shown = fmt::format("  {}\n", standing.entry->place);
    shown += fmt::format("  + hands on {}\n", fmt::join(names, ", "));
  }
  return shown.empty() ? Step() : written(std::move(text), std::move(shown));
}

}  // namespace

ClientStanding standing_of(const Client& client, const Environment& environment,
                           const std::string& state_folder) {
  check_home(environment);
  return standing_in(client, file_of(client, environment), environment,
                     read_records(state_folder, client));
}

std::vector<ClientStanding> standings_of(const Client& client, const Environment& environment,
                                         const std::string& state_folder) {
  check_home(environment);
  const std::vector<InstallRecord> records = read_records(state_folder, client);
  std::vector<std::string> files = client.files(environment);
  for (const InstallRecord& each : records) files.push_back(each.file);
  std::vector<ClientStanding> standings = {
      standing_in(client, file_of(client, environment), environment, records)};
  for (const std::string& file : files) {
    ClientStanding one = standing_in(client, file, environment, records);
    const bool is_new = std::none_of(standings.begin(), standings.end(), [&](const auto& each) {
      return each.file.path == one.file.path;
    });
    if (is_new && (one.file.text || one.record)) standings.push_back(std::move(one));
  }
  return standings;
}

Step step_to_install(const ClientStanding& standing, const Launch& launch, bool edit) {
  const Client& client = standing.client;
  if (standing.is_ours) return step_to_update(standing, launch);
  const mcp::OrderedJson entry = whole_entry(client, launch);
  const std::string text = standing.file.text.value_or("");
  if (!standing.entry && !edit && client.add_command != nullptr &&
      !in_path(process_environment(), client.program).empty()) {
    Step step;
    step.kind = Step::Kind::run;
    step.command = client.add_command(launch, entry);
    return step;
  }
  std::string with = changed(standing, [&] { return with_entry(client, text, entry); });
  // What another entry held is not shown: it may be a key.
  const bool takes_other = standing.entry.has_value();
  std::string shown = shown_change(takes_other ? without_entry(client, text, false) : text, with);
  Step step = written(std::move(with), std::move(shown));
  step.takes_other = takes_other;
  return step;
}

Step step_to_uninstall(const ClientStanding& standing) {
  if (!standing.is_ours) return {};
  const std::string& text = *standing.file.text;
  const auto rest = text_without_us(standing.client, standing.record, text);
  if (rest) {
    // What a client's own command laid out anew is laid out as before, and not shown: there may be
    // keys in it.
    const std::string visible = with_values_hidden(standing.client, text);
    std::string shown = shown_change(visible, without_entry(standing.client, visible, false));
    if (*rest != without_entry(standing.client, text, false))
      shown += "  and what was changed around it is as before\n";
    return written(*rest, std::move(shown));
  }
  Step step;
  step.kind = Step::Kind::remove;
  step.shown = "  the file goes: it was made for this\n";
  return step;
}

void install(const ClientStanding& standing, const Step& step, const Launch& launch,
             const std::string& state_folder,
             const std::function<std::string(std::string)>& redacted) {
  const Client& client = standing.client;
  // What was there before us, for the record: not an older entry of ours.
  std::optional<std::string> base = standing.file.text;
  if (standing.entry && !step.takes_other) base = text_without_us(client, standing.record, *base);
  std::vector<std::string> folders;
  std::string text = step.text;
  if (step.kind == Step::Kind::run) {
    text = after_command(standing, step, redacted);
    const auto entry = find_entry(client, text);
    if (!entry || entry->starts != starts_of(client.launch(launch))) {
      throw std::runtime_error(fmt::format(
          "`{} …` left something else in {} than it was asked for; install again with --edit",
          step.command.front(), standing.file.path));
    }
  } else {
    folders = write_client_file(standing.file, text);
  }
  InstallRecord record = record_of(client, standing.file.path, base, text);
  record.program = launch.program;
  record.folders = standing.record ? standing.record->folders : folders;
  try {
    write_record(state_folder, client, record);
  } catch (const std::runtime_error& problem) {
    take_back(standing, text, folders, problem.what());
  }
}

void uninstall(const ClientStanding& standing, const Step& step, const std::string& state_folder) {
  const bool stays = step.kind == Step::Kind::write;
  write_client_file(standing.file, stays ? std::optional(step.text) : std::nullopt);
  if (standing.record && !stays) remove_folders(standing.record->folders);
  remove_record(state_folder, standing.client, standing.file.path);
}

std::string in_path(const Environment& environment, const std::string& name) {
  const std::string path = environment("PATH").value_or("");
  for (std::size_t at = 0; !name.empty() && at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path file = fs::path(path.substr(at, end - at)) / name;
    std::error_code failed;
    const bool runs = file.is_absolute() && fs::is_regular_file(file, failed) &&
                      ::access(file.c_str(), X_OK) == 0;
    if (runs) return file.string();
    at = end + 1;
  }
  return {};
}

std::string own_path(const Environment& environment) {
  std::error_code failed;
#ifdef __APPLE__
  const fs::path own = fs::canonical(getprogname(), failed);
#else
  const fs::path own = fs::read_symlink("/proc/self/exe", failed);
#endif
  const std::string found = in_path(environment, "patchbay");
  if (!found.empty() && (failed || fs::canonical(found, failed) == own)) return found;
  if (own.empty()) throw std::runtime_error("this program's own path is not known; put it in PATH");
  return own.string();
}

}  // namespace tools
